#include "capture/net/listener_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mailrig::net {
namespace {

constexpr std::array<listener_name, 3> listener_names = {
    {{"submission", "smtp", "smtp"}, {"smtps", "smtp", "smtps"}, {"pop3s", "pop3", "pop3s"}}};

}  // namespace

listener_name find_listener_name(const char* listener) {
  const auto* const found = std::find_if(
      listener_names.begin(), listener_names.end(),
      [listener](const auto& each) { return std::string_view(each.listener) == listener; });
  return found == listener_names.end() ? listener_name{listener, listener, listener} : *found;
}

}  // namespace mailrig::net
