// The three names of a listener.
#pragma once

namespace mailrig::net {

// What a listener is called, what its sessions speak, and how a URL spells it.
struct listener_name {
  const char* listener;
  const char* session;
  const char* scheme;
};
// `listener` is its name in the options: "smtp", "submission", "pop3s" …; lives as long as that.
[[nodiscard]] listener_name find_listener_name(const char* listener);

}  // namespace mailrig::net
