#include "capture/model/stage.hpp"

#include <array>

namespace mailrig::model {
namespace {
constexpr std::array<std::string_view, 16> names = {
    "connect",     "banner",       "helo", "ehlo", "mail", "rcpt", "data", "data_body",
    "end_of_data", "after_accept", "rset", "noop", "vrfy", "help", "quit", "unknown"};
static_assert(names.size() == static_cast<std::size_t>(stage::unknown) + 1);
}  // namespace

std::string_view to_string(stage value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace mailrig::model
