#include "capture/model/stage.hpp"

#include <algorithm>
#include <array>

namespace mailrig::model {
namespace {
constexpr std::array<std::string_view, stage_count> names = {
    "connect",  "banner",        "helo",        "ehlo",          "mail",        "rcpt",
    "data",     "data_body",     "end_of_data", "after_accept",  "rset",        "noop",
    "vrfy",     "help",          "quit",        "unknown",       "listen",      "lhlo",
    "starttls", "tls_handshake", "auth.start",  "auth.continue", "auth.result", "bdat",
    "idle",     "greeting",      "capa",        "stls",          "user",        "pass",
    "apop",     "stat",          "list",        "uidl",          "retr",        "retr_body",
    "top",      "dele",          "last",        "utf8",          "lang",        "update",
    "deliver",  "mailbox_read"};
static_assert(!names.back().empty());
}  // namespace

std::string_view to_string(stage value) {
  return names[static_cast<std::size_t>(value)];
}

std::optional<stage> find_stage(std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<stage>(found - names.begin());
}

}  // namespace mailrig::model
