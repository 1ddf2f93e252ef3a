// Where a rig can be reached. net/ implements it; rigs and the inspector ask.
#pragma once

#include "faults/protocol.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailrig::rig {

class rig;

struct listener_info {
  std::string protocol;  // "smtp", "http"
  std::string address;   // "127.0.0.1", "::1"
  std::uint16_t port = 0;
  std::string url;  // "smtp://localhost:2525", with the public host name, never a wildcard address
  std::string rig;  // the rig that its sessions start in; empty for http
};

struct port_wish {
  std::string protocol;
  std::string address;     // an IP literal, "localhost" or "*"; empty: as the default rig has it
  std::uint16_t port = 0;  // 0: any that is free

  friend bool operator==(const port_wish&, const port_wish&) = default;
};

struct port_refusal {
  // `bad_wish` can never be granted here; `taken` may be granted later.
  enum class reason { bad_wish, taken };
  reason why;
  std::string detail;  // sentences: what was wrong and what would be right
};

// How a listener treats clients that come.
enum class listening : std::uint8_t {
  takes_clients,
  refuses,        // as if nobody listened: the answer to a SYN is RST
  queue_is_full,  // a SYN is not answered at all
};

class listeners {
 public:
  virtual ~listeners() = default;
  [[nodiscard]] virtual std::vector<listener_info> list() const = 0;
  // Those of one rig only.
  [[nodiscard]] std::vector<listener_info> list_of(const std::string& rig_name) const {
    std::vector<listener_info> own = list();
    std::erase_if(own, [&rig_name](const listener_info& each) { return each.rig != rig_name; });
    return own;
  }
  // Opens all or none, for sessions that start in `home`.
  [[nodiscard]] virtual std::optional<port_refusal> open(rig& home,
                                                         const std::vector<port_wish>& wishes) = 0;
  // Closes the listeners of a rig.
  virtual void close(const rig& home) = 0;
  // Tells the open sessions of a rig that the server goes away, as far as they are concerned.
  virtual void end_sessions(const rig& home) = 0;
  // Rules of that rig are gone, by their tokens (faults::firing): what they make sessions wait for
  // ends. Empty: all of its rules.
  virtual void release(const rig& /*home*/, std::span<const std::uint64_t> /*rules*/) {}
  // So treat the listeners of that rig, of whatever protocol their sessions speak. Those on Unix
  // sockets, which know no SYN, always take clients.
  virtual void listen_as(const rig& /*home*/, faults::protocol /*talk*/, listening /*how*/) {}
  // Sessions that were woken go on at once, as far as they can without their peers. Not to be
  // called out of a session.
  virtual void go_on() {}
};

}  // namespace mailrig::rig
