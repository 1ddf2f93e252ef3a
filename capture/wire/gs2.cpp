// The GS2 header and the names in it, as SCRAM and OAUTHBEARER have them (RFC 5801 4, RFC
// 5802 5.1).
#include "capture/wire/sasl_machine.hpp"

namespace mailrig::wire {

std::optional<std::string> decode_saslname(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('='), text.size());
    name += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.starts_with("=2C")) {
      name += ',';
    } else if (text.starts_with("=3D")) {
      name += '=';
    } else {
      return std::nullopt;
    }
    text.remove_prefix(3);
  }
  return name;
}

std::variant<gs2_message, const char*> read_gs2(std::string_view message) {
  const std::size_t flag_end = message.find(',');
  const std::size_t end =
      flag_end == std::string_view::npos ? flag_end : message.find(',', flag_end + 1);
  if (end == std::string_view::npos)
    return "the message has no GS2 header such as \"n,,\" (RFC 5801 4)";
  const std::string_view flag = message.substr(0, flag_end);
  if (flag.starts_with("p="))
    return "the client demands channel binding, and no -PLUS mechanism is offered (RFC 5801 4)";
  if (flag != "n" && flag != "y") return "the GS2 header begins with n, y or p=... (RFC 5801 4)";
  gs2_message result;
  result.header = message.substr(0, end + 1);
  result.rest = message.substr(end + 1);
  const std::string_view name = message.substr(flag_end + 1, end - flag_end - 1);
  if (name.empty()) return result;
  auto decoded = name.starts_with("a=") ? decode_saslname(name.substr(2)) : std::nullopt;
  if (!decoded || decoded->empty())
    return "the GS2 header names a user by a=..., with =2C and =3D for comma and equals sign (RFC "
           "5801 4)";
  result.authorization = *std::move(decoded);
  return result;
}

}  // namespace mailrig::wire
