// One HTTP request as a value: what the handlers need of it, and no more.
#pragma once

#include "webui/inspector/target.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {
class rig;
}

namespace mailrig::inspector {

enum class method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

[[nodiscard]] std::string_view to_string(method verb);

struct request {
  method verb = method::get;
  std::string verb_text = "GET";  // as sent, also when unknown
  target where;
  unsigned version = 11;  // 10 or 11
  bool keeps_alive = true;
  std::string host;  // of the Host header; empty if none
  std::size_t host_count = 0;
  std::string origin;  // empty if none
  std::string accept_encoding;
  std::string if_none_match;
  std::string last_event_id;
  std::size_t body_size = 0;
  std::string body;  // kept only where the endpoint takes one
  std::string authorization;
  std::string content_type;

  // Filled by the router.
  std::vector<std::string> captures;  // what stood for {…} in the pattern, in order
  rig::rig* rig = nullptr;
  std::shared_ptr<rig::rig> holds;  // that rig: it outlives the request
  std::string base = "/v1";         // or "/v1/rigs/{rig}": what URLs in the answer begin with

  // Set by a handler whose answer may take long: called once if the client goes away before it.
  mutable std::function<void()> when_gone;

  // Null if it was not given.
  [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

}  // namespace mailrig::inspector
