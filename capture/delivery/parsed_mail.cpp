#include "capture/delivery/parsed_mail.hpp"

#include "capture/mime/fingerprint.hpp"

#include <utility>

namespace mailrig::delivery {

using faults::fact;

parsed_mail::parsed_mail(std::string_view octets, faults::parsed_fact_set wanted) {
  constexpr std::size_t text_kept = std::size_t{1} << 20;
  if (wanted.contains(fact::fingerprint)) fingerprint_ = mime::fingerprint_of(octets);
  facts_.fingerprint = fingerprint_;
  faults::parsed_fact_set only_fingerprint;
  only_fingerprint.insert(fact::fingerprint);
  if ((wanted.bits & ~only_fingerprint.bits) == 0) return;
  const bool is_measured =
      wanted.contains(fact::attachment_max_size) || wanted.contains(fact::parse_error);
  view_ = mime::read(octets, is_measured ? mime::measuring::done : mime::measuring::left_out);
  for (const mime::part& each : view_.parts) {
    if (each.is_attachment) attachments_.push_back({each.filename, each.type, each.size});
  }
  facts_.subject = view_.subject;
  facts_.text = std::string_view(view_.text).substr(0, text_kept);
  facts_.has_defects = !view_.defects.empty();
  facts_.attachments = attachments_;
}

std::shared_ptr<const faults::parsed_facts> parse(std::string_view octets,
                                                  faults::parsed_fact_set wanted) {
  auto parsed = std::make_shared<const parsed_mail>(octets, wanted);
  const faults::parsed_facts* const facts = &parsed->facts();
  return {std::move(parsed), facts};
}

}  // namespace mailrig::delivery
