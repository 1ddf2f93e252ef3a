// The extensions of SMTP that EHLO announces, one row each: keyword, clause, whether it is offered
// unless somebody asks. Each can be switched off; then its verb is not implemented and its
// parameters are not known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::smtp {

struct settings;

enum class extension : std::uint8_t {
  none,  // what belongs to none
  size,
  eight_bit_mime,
  pipelining,
  chunking,
  binary_mime,
  smtputf8,
  dsn,
  enhanced_status_codes,
  deliver_by,
  mt_priority,
  require_tls,
  limits,
  start_tls,
  auth,
  xclient,
  help,
};

class extension_set {
 public:
  constexpr extension_set() = default;
  constexpr extension_set(std::initializer_list<extension> all) {
    for (const extension each : all) add(each);
  }
  constexpr void add(extension which) { bits_ |= bit(which); }
  constexpr void remove(extension which) { bits_ &= ~bit(which); }
  [[nodiscard]] constexpr bool has(extension which) const { return (bits_ & bit(which)) != 0; }

 private:
  static constexpr std::uint32_t bit(extension which) { return 1U << static_cast<unsigned>(which); }
  std::uint32_t bits_ = 0;
};

// The keyword that EHLO says and --disable-extension takes.
[[nodiscard]] std::string_view keyword_of(extension which);
// By its keyword, without case.
[[nodiscard]] std::optional<extension> find_extension(std::string_view keyword);
// "SIZE, 8BITMIME, …", for help and errors.
[[nodiscard]] std::string list_extensions();

// How a connection is protected; extensions depend on it.
enum class security : std::uint8_t { plain, tls, tls_with_certificate };
inline constexpr std::size_t security_count = 3;

// The text of EHLO's reply: the host name, then one keyword a line (RFC 5321 4.1.1.1).
// `here`: what is offered in this place.
[[nodiscard]] std::string ehlo_text(const settings& rules, security how, const extension_set& here);

// What a connection from anywhere is offered.
[[nodiscard]] extension_set offered_to_all(const settings& rules, security how);

}  // namespace mailrig::smtp
