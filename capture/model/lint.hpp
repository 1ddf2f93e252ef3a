// What a strict server or a strict reader would have minded: one row a lint, all in lint.cpp.
//
// A lint never changes what mailrig does, unless --strict asks for it. To add one: an enumerator
// here, its row there, a dialogue or a test that shows it.
#pragma once

#include "capture/model/reply.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string_view>

namespace mailrig::model {

enum class lint : std::uint8_t {
  // of a session
  bare_lf,
  helo_without_name,
  helo_bad_name,
  helo_bare_address,
  helo_not_qualified,
  early_talker,
  pipelining_not_offered,
  pipelining_past_group_end,
  no_quit,
  http_on_smtp_port,
  proxy_header_not_trusted,
  // of MAIL and RCPT
  space_after_colon,
  no_angle_brackets,
  source_route,
  no_domain,
  eight_bit_address,
  bad_local_part,
  bad_domain,
  bad_address_literal,
  local_part_too_long,
  domain_too_long,
  parameter_after_helo,
  // of a body on its way
  body_before_354,
  smuggling_crlf_dot_lf,
  smuggling_crlf_dot_cr,
  smuggling_crlf_dot_nul,
  dot_not_stuffed,
  // of a mail's octets
  smuggling_lf_dot_lf,
  smuggling_lf_dot_cr,
  smuggling_lf_dot_crlf,
  smuggling_cr_dot_lf,
  smuggling_cr_dot_cr,
  smuggling_cr_dot_crlf,
  smuggling_nul_dot,
  bare_lf_in_body,
  bare_cr_in_body,
  nul_in_body,
  line_over_998,
  eight_bit_without_8bitmime,
  declared_size_too_small,
  // of a mail's header
  eight_bit_header,
  bad_header_line,
  space_before_colon,
  missing_date,
  missing_from,
  missing_sender,
  missing_message_id,
  bad_message_id,
  duplicate_header,
  missing_mime_version,
};
inline constexpr std::size_t lint_count = static_cast<std::size_t>(lint::missing_mime_version) + 1;

enum class severity : std::uint8_t {
  note,     // allowed, but some receivers mind
  warning,  // against a SHOULD, or known to be refused by some
  error,    // against a MUST
};

struct lint_text {
  lint which;
  std::string_view name;    // "bare_lf"
  std::string_view detail;  // one English sentence
  std::string_view clause;  // "RFC 5321 2.3.8"
  severity weight;
  // What --strict answers; its code is 0 where that only notes. The text is `detail`.
  std::uint16_t strict_code = 0;
  enhanced_code strict_enhanced{};
};

[[nodiscard]] const lint_text& describe(lint which);
[[nodiscard]] std::string_view to_string(severity value);

class lint_set {
 public:
  static_assert(lint_count <= 64);

  constexpr lint_set() = default;
  constexpr lint_set(std::initializer_list<lint> all) {
    for (const lint each : all) add(each);
  }
  constexpr void add(lint which) { bits_ |= bit(which); }
  constexpr void add(lint_set others) { bits_ |= others.bits_; }
  constexpr void remove(lint which) { bits_ &= ~bit(which); }
  [[nodiscard]] constexpr bool has(lint which) const { return (bits_ & bit(which)) != 0; }
  [[nodiscard]] constexpr bool is_empty() const { return bits_ == 0; }
  // In the order of the table.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t rest = bits_; rest != 0; rest &= rest - 1)
      visit(static_cast<lint>(std::countr_zero(rest)));
  }
  friend bool operator==(const lint_set&, const lint_set&) = default;
  // Their names, with commas.
  friend std::ostream& operator<<(std::ostream& out, const lint_set& lints);

 private:
  static constexpr std::uint64_t bit(lint which) {
    return std::uint64_t{1} << static_cast<unsigned>(which);
  }
  std::uint64_t bits_ = 0;
};

}  // namespace mailrig::model
