#include "capture/rig/rig_config.hpp"

#include <algorithm>
#include <array>

namespace mailrig::rig {
namespace {

constexpr std::array<std::string_view, 5> fact_names = {"client_address", "helo", "user",
                                                        "recipient_domain", "plus_tag"};

}  // namespace

std::string_view to_string(route_fact fact) {
  return fact_names[static_cast<std::size_t>(fact)];
}

std::optional<route_fact> parse_route_fact(std::string_view name) {
  const auto found = std::find(fact_names.begin(), fact_names.end(), name);
  if (found == fact_names.end()) return std::nullopt;
  return static_cast<route_fact>(found - fact_names.begin());
}

}  // namespace mailrig::rig
