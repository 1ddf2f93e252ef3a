#include "faults/names.hpp"

#include "faults/actions.hpp"
#include "faults/condition.hpp"
#include "faults/duration_text.hpp"
#include "faults/keys.hpp"
#include "faults/window.hpp"

namespace mailrig::faults {
namespace {

constexpr std::array<std::string_view, key_part_count> key_part_names = {
    "global", "connection", "transaction", "client_ip",  "mail_from", "mail_from.domain",
    "rcpt",   "auth_user",  "fingerprint", "message_id", "helo"};

constexpr std::array<std::string_view, quantity_count> quantity_names = {
    "connections.open", "connections.total",
    "commands",         "commands.errors",
    "commands.unknown", "auth.failed",
    "auth.total",       "mail",
    "rcpt.accepted",    "rcpt.rejected",
    "rcpt.unknown",     "messages.accepted",
    "messages.bytes",   "messages.same_fingerprint",
    "message_id.same",  "mail.distinct_sender_domains",
    "pop3.logins"};

constexpr std::array<std::string_view, operation_count> operation_names = {
    "eq", "ne", "in", "glob", "regex",   "contains", "starts", "ends",
    "lt", "le", "gt", "ge",   "between", "cidr",     "exists"};

constexpr std::array<std::string_view, 14> certificate_names = {
    "good",         "expired",       "not_yet_valid", "self_signed",
    "wrong_host",   "wrong_host_ip", "unknown_ca",    "missing_intermediate",
    "weak_rsa1024", "sha1_signed",   "ca_as_leaf",    "no_san_cn_only",
    "wildcard",     "many_sans"};

constexpr std::array<std::string_view, std::variant_size_v<action>> action_names = {
    "reply",          "close",       "delay",     "stall",   "drip",    "slice",
    "partial",        "omit",        "extra",     "malform", "ehlo",    "throttle",
    "stop_reading",   "certificate", "tls",       "drop",    "lose",    "duplicate",
    "delay_delivery", "reorder",     "transform", "hide",    "bounce",  "complaint",
    "auto_reply",     "set_state",   "ban",       "tag",     "listener"};

std::string offset_text(model::duration offset) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  const auto size = minutes < 0 ? -minutes : minutes;
  std::string text(1, minutes < 0 ? '-' : '+');
  const auto two = [&text](auto n) {
    if (n < 10) text += '0';
    text += std::to_string(n);
  };
  two(size / 60);
  text += ':';
  two(size % 60);
  return text;
}

}  // namespace

std::string_view to_string(key_part part) {
  return key_part_names[static_cast<std::size_t>(part)];
}
std::optional<key_part> find_key_part(std::string_view name) {
  if (name == "scope") return key_part::rig;
  return find_name<key_part>(key_part_names, name);
}

std::string_view to_string(quantity value) {
  return quantity_names[static_cast<std::size_t>(value)];
}
std::optional<quantity> find_quantity(std::string_view name) {
  return find_name<quantity>(quantity_names, name);
}

std::string_view to_string(operation value) {
  return operation_names[static_cast<std::size_t>(value)];
}
std::optional<operation> find_operation(std::string_view name) {
  return find_name<operation>(operation_names, name);
}

std::string_view to_string(certificate_name value) {
  return certificate_names[static_cast<std::size_t>(value)];
}

std::string_view name_of(const action& value) {
  return action_names[value.index()];
}

std::string to_string(const window& value) {
  switch (value.what) {
    case window::kind::none: return "since the load";
    case window::kind::sliding: return "the last " + duration_text(value.length);
    case window::kind::fixed: return "this " + duration_text(value.length);
    case window::kind::bucket:
      return std::to_string(value.rate) + " per " + duration_text(value.length) + ", burst " +
             std::to_string(value.burst);
    case window::kind::day: return "today at UTC" + offset_text(value.offset);
  }
  return {};
}

}  // namespace mailrig::faults
