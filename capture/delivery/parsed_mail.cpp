#include "capture/delivery/parsed_mail.hpp"

namespace mailrig::delivery {

parsed_mail::parsed_mail(std::string_view octets) : view_(mime::read(octets)) {
  constexpr std::size_t text_kept = std::size_t{1} << 20;
  for (const mime::part& each : view_.parts) {
    if (each.is_attachment) attachments_.push_back({each.filename, each.type, each.size});
  }
  facts_.subject = view_.subject;
  facts_.text = std::string_view(view_.text).substr(0, text_kept);
  facts_.has_defects = !view_.defects.empty();
  facts_.attachments = attachments_;
}

}  // namespace mailrig::delivery
