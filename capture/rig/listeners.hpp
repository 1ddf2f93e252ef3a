// Where a rig can be reached. net/ implements it; rigs and the inspector ask.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mailrig::rig {

struct listener_info {
  std::string protocol;  // "smtp", "http"
  std::string address;   // "127.0.0.1", "::1"
  std::uint16_t port = 0;
  std::string url;  // "smtp://localhost:2525", with the public host name, never a wildcard address
  std::string rig;  // the rig that its sessions start in; empty for http
};

class listeners {
 public:
  virtual ~listeners() = default;
  [[nodiscard]] virtual std::vector<listener_info> list() const = 0;
};

}  // namespace mailrig::rig
