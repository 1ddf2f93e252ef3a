#include "capture/model/fate.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::model {
namespace {

char fold(char octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet;
}

bool is_same_address(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char left, char right) { return fold(left) == fold(right); });
}

}  // namespace

std::string_view to_string(fate value) {
  static constexpr std::array<std::string_view, fate_count> names = {
      "delivered",  "delayed", "duplicated",  "reordered", "dropped",
      "lost_later", "bounced", "quarantined", "corrupted"};
  return names[static_cast<std::size_t>(value)];
}

const recipient_fate* mail_fates::find(std::string_view address) const {
  const auto found = std::find_if(
      recipients.begin(), recipients.end(),
      [address](const recipient_fate& each) { return is_same_address(each.address, address); });
  return found == recipients.end() ? nullptr : &*found;
}

recipient_fate* mail_fates::find(std::string_view address) {
  return const_cast<recipient_fate*>(std::as_const(*this).find(address));
}

std::size_t mail_fates::footprint() const {
  std::size_t octets = sizeof *this + recipients.capacity() * sizeof(recipient_fate);
  for (const recipient_fate& each : recipients)
    octets += each.address.size() + each.rule.size() + each.altered.size();
  return octets;
}

std::string_view common_fate(const mail_fates* fates, const mail_record& mail) {
  if (fates == nullptr || fates->recipients.empty()) return to_string(fate::delivered);
  bool has_others = false;
  mail.for_each_recipient([&](std::string_view address, std::uint16_t code) {
    const bool is_accepted = code >= 200 && code < 300;
    has_others = has_others || (is_accepted && fates->find(address) == nullptr);
  });
  const fate first = has_others ? fate::delivered : fates->recipients.front().what;
  const bool is_common = std::all_of(fates->recipients.begin(), fates->recipients.end(),
                                     [first](const auto& each) { return each.what == first; });
  return is_common ? to_string(first) : "mixed";
}

}  // namespace mailrig::model
