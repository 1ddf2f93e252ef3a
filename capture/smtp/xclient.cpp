// XCLIENT: a trusted mail server says for whom it speaks (Postfix's XCLIENT_README).
#include "capture/model/client_facts.hpp"
#include "capture/model/esmtp_parameters.hpp"
#include "capture/smtp/arguments.hpp"
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/ip_address.hpp"
#include "capture/wire/text.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace mailrig::smtp {
namespace {

using wire::equals_ignoring_case;

struct xclient_facts {
  model::client_facts client;
  std::string destination_address;
  std::string destination_port;
};

// "192.0.2.1" or "IPV6:2001:db8::1", written as everywhere; nothing if it is none.
std::optional<std::string> read_address(std::string_view value) {
  constexpr std::string_view v6_prefix = "IPV6:";
  const bool is_v6 = wire::starts_ignoring_case(value, v6_prefix);
  const auto address =
      is_v6 ? wire::parse_v6(value.substr(v6_prefix.size())) : wire::parse_v4(value);
  if (!address) return std::nullopt;
  return wire::to_string(*address);
}

bool is_port(std::string_view value) {
  return !value.empty() && value.size() <= 5 &&
         value.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string* member_of(std::string_view keyword, xclient_facts& facts) {
  if (equals_ignoring_case(keyword, "NAME")) return &facts.client.name;
  if (equals_ignoring_case(keyword, "ADDR")) return &facts.client.address;
  if (equals_ignoring_case(keyword, "PORT")) return &facts.client.port;
  if (equals_ignoring_case(keyword, "PROTO")) return &facts.client.protocol;
  if (equals_ignoring_case(keyword, "HELO")) return &facts.client.helo;
  if (equals_ignoring_case(keyword, "LOGIN")) return &facts.client.login;
  if (equals_ignoring_case(keyword, "DESTADDR")) return &facts.destination_address;
  if (equals_ignoring_case(keyword, "DESTPORT")) return &facts.destination_port;
  return nullptr;
}

// What has a form of its own: addresses and ports. Nothing if it has not that form.
std::optional<std::string> read_value(std::string_view keyword, std::string_view given) {
  auto value = model::decode_xtext(given);
  if (!value || value->empty()) return std::nullopt;
  // The attribute is not known to whoever speaks.
  if (equals_ignoring_case(*value, "[UNAVAILABLE]") ||
      equals_ignoring_case(*value, "[TEMPUNAVAIL]"))
    return std::string();
  if (equals_ignoring_case(keyword, "ADDR") || equals_ignoring_case(keyword, "DESTADDR"))
    return read_address(*value);
  const bool is_for_port =
      equals_ignoring_case(keyword, "PORT") || equals_ignoring_case(keyword, "DESTPORT");
  if (is_for_port && !is_port(*value)) return std::nullopt;
  return value;
}

std::optional<xclient_facts> read_attributes(std::string_view text) {
  xclient_facts result;
  if (text.empty()) return std::nullopt;
  for (auto one = model::take_parameter(text); !one.keyword.empty() || !one.value.empty();
       one = model::take_parameter(text)) {
    std::string* const member = member_of(one.keyword, result);
    auto value = member == nullptr ? std::nullopt : read_value(one.keyword, one.value);
    if (!value) return std::nullopt;
    *member = *std::move(value);
  }
  return result;
}

}  // namespace

arguments::refusal arguments::of_xclient(command& given, const settings&) {
  if (!read_attributes(given.argument)) return replies::xclient_syntax;
  return std::nullopt;
}

model::reply handlers::judge_xclient(session& s) {
  if (!s.may_use_xclient_) return replies::xclient_not_trusted;
  return {220, {}, s.around_.texts.greeting};
}

// The session begins anew, as that of the client that was named.
void handlers::become_client(session& s, const model::reply& given) {
  if (!given.is_positive()) return;
  xclient_facts facts = read_attributes(s.command_.argument).value_or(xclient_facts{});
  facts.client.via = "xclient";
  if (!facts.destination_address.empty())
    facts.client.destination = facts.destination_address + ':' + facts.destination_port;
  if (!facts.client.address.empty()) {
    const std::string& port = facts.client.port;
    s.client_.address = facts.client.address;
    s.client_.port = 0;  // unless it is told too
    (void)std::from_chars(port.data(), port.data() + port.size(), s.client_.port);
  }
  s.around_.recorder.client_given(facts.client);
  s.helo_.clear();
  s.is_extended_ = false;
  s.forget_login();
  s.enter(state::connected);
}

}  // namespace mailrig::smtp
