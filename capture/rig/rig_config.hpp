// What a rig is made from: its name, how long it lives, what is routed to it, its limits and
// settings. Plain values.
#pragma once

#include "capture/model/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {

// What of a connection or of a recipient may lead a mail to a rig.
enum class route_fact : std::uint8_t { client_address, helo, user, recipient_domain, plus_tag };

[[nodiscard]] std::string_view to_string(route_fact fact);
[[nodiscard]] std::optional<route_fact> parse_route_fact(std::string_view name);
// The first three are known once a session; they move the session. The others are each mail's own.
[[nodiscard]] constexpr bool is_of_connection(route_fact fact) {
  return fact <= route_fact::user;
}

struct route {
  route_fact fact = route_fact::recipient_domain;
  std::string value;  // a glob; case does not count

  friend bool operator==(const route&, const route&) = default;
};

// Beside the limits of the whole process; nothing: no limit of its own.
struct rig_limits {
  std::optional<std::size_t> max_messages;
  std::optional<std::size_t> max_memory;  // octets
  std::optional<model::duration> max_age;

  friend bool operator==(const rig_limits&, const rig_limits&) = default;
};

// What sessions that start in this rig do otherwise than those of the rest; the options' names.
struct rig_settings {
  std::optional<std::string> host_name;
  std::optional<std::size_t> max_message_size;
  std::optional<std::size_t> max_recipients;
  std::optional<std::size_t> max_command_line;
  std::optional<std::size_t> max_errors;
  std::optional<model::duration> idle_timeout;

  [[nodiscard]] bool is_empty() const {
    return !host_name && !max_message_size && !max_recipients && !max_command_line && !max_errors &&
           !idle_timeout;
  }
  friend bool operator==(const rig_settings&, const rig_settings&) = default;
};

struct rig_config {
  std::string name;
  std::optional<model::duration> ttl;  // since the last use; nothing: for ever
  std::vector<route> routes;
  std::optional<std::uint64_t> seed;
  rig_limits limits;
  rig_settings settings;

  friend bool operator==(const rig_config&, const rig_config&) = default;
};

}  // namespace mailrig::rig
