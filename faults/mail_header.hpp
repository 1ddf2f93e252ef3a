// The header block of a mail as rules see it: fields one after the other, unfolded, not decoded.
//
// Looks at the first 256 KiB; copes with LF for CRLF. Keeps nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailrig::faults {

class header_fields {
 public:
  explicit header_fields(std::string_view mail);
  // Goes to the next field; false at the end of the header block.
  [[nodiscard]] bool next();
  [[nodiscard]] std::string_view name() const { return name_; }
  // Unfolded (RFC 5322 2.2.3) and trimmed; valid until next().
  [[nodiscard]] std::string_view value();

 private:
  [[nodiscard]] std::string_view take_line();

  std::string_view rest_;
  std::string_view name_;
  std::string_view folded_;
  std::string unfolded_;
};

[[nodiscard]] std::size_t count_fields(std::string_view mail, std::string_view name);
// The address of `Bob <bob@a.test>` or of a bare one.
[[nodiscard]] std::string_view address_in(std::string_view value);

}  // namespace mailrig::faults
