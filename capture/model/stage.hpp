// The points of a session: where a fault rule may act, and how far an attempt got. The names are
// those of the rules.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailrig::model {

enum class stage : std::uint8_t {
  connect,
  banner,
  helo,
  ehlo,
  mail,
  rcpt,
  data,
  data_body,
  end_of_data,
  after_accept,
  rset,
  noop,
  vrfy,
  help,
  quit,
  unknown,
};

[[nodiscard]] std::string_view to_string(stage value);

}  // namespace mailrig::model
