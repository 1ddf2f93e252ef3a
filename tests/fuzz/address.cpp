// What holds for the readers of addresses and parameters, whatever a client writes behind MAIL
// FROM:
//
//   1. no look behind the end of the text (the sanitizers see that), and every view of the result
//   lies in it;
//   2. an address that is taken holds no control character and no blank outside quotes, and is at
//   most 1,024
//      octets long;
//   3. what an address is blamed for does not hang on what stands around it;
//   4. an IP address that is read is written and read again as itself, and lies in its own network;
//   5. parameters that are taken are read again from their text as the same.
//
// Input: what stands behind the verb.
#include "capture/wire/address.hpp"

#include "capture/model/esmtp_parameters.hpp"
#include "capture/wire/ip_address.hpp"
#include "capture/wire/path.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace mailrig;

void demand(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool lies_in(std::string_view part, std::string_view whole) {
  if (part.empty()) return true;
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void look_at_path(std::string_view text) {
  const auto parsed = wire::parse_path(text, "FROM:");
  const auto* path = std::get_if<wire::path_argument>(&parsed);
  if (path == nullptr) return demand(std::get<wire::path_error>(parsed).what != nullptr, "why not");
  demand(lies_in(path->address, text) && lies_in(path->parameters, text), "views into the text");
  demand(path->address.size() <= 1024, "bounded addresses");
  const bool is_quoted = path->address.find('"') != std::string_view::npos;
  for (const char octet : path->address) {
    const auto value = static_cast<unsigned char>(octet);
    demand(value >= 0x20 && value != 0x7F && (value != ' ' || is_quoted), "clean addresses");
  }
  const std::string bracketed = "FROM:<" + std::string(path->address) + ">";
  const auto again = wire::parse_path(bracketed, "FROM:");
  if (const auto* same = std::get_if<wire::path_argument>(&again);
      same != nullptr && same->address == path->address)
    demand(wire::check_mailbox(same->address).lints == wire::check_mailbox(path->address).lints,
           "the same lints");
}

void look_at_parameters(std::string_view text) {
  model::mail_parameters read;
  bool is_good = true;
  for (std::string_view rest = text; is_good;) {
    const auto one = model::take_parameter(rest);
    if (one.keyword.empty() && one.value.empty()) break;
    demand(lies_in(one.keyword, text) && lies_in(one.value, text), "views into the parameters");
    is_good = !model::read_parameter(one, read);
  }
  if (is_good && text.find(" =") == std::string_view::npos && !text.starts_with('='))
    demand(model::read_mail_parameters(text) == read, "parameters are read again");
}

void look_at_ip(std::string_view text) {
  const auto address = wire::parse_ip(text);
  if (!address) return;
  demand(wire::parse_ip(wire::to_string(*address)) == address, "an address is written as itself");
  demand(wire::ip_network{*address, 128}.contains(*address), "an address lies in its network");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::vector<char> copy(data, data + size);
  const std::string_view text(copy.data(), copy.size());
  look_at_path(text);
  look_at_parameters(text);
  look_at_ip(text);
  (void)wire::check_helo(text);
  (void)wire::is_utf8(text);
  (void)model::read_rcpt_parameters(text);
  return 0;
}
