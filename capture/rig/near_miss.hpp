// Why nothing matched, in words that a failed test can print: the mails that came nearest and what
// each lacked.
//
// Runs on the pool over what was there when the wait ended. Looks at the newest mails only.
#pragma once

#include "capture/rig/mail_search.hpp"
#include "capture/rig/query.hpp"
#include "capture/rig/waiters.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::rig {

struct near_miss {
  model::id mail;
  bool is_message = true;
  std::string rig;
  std::string subject;
  std::string why;  // "subject differs at character 7: …"

  friend bool operator==(const near_miss&, const near_miss&) = default;
};

// What a wait could have seen.
struct miss_scene {
  query_ref wanted;
  wait_kind kind = wait_kind::messages;
  std::uint64_t after = 0;
  std::string rig;
  store::snapshot messages;
  store::snapshot attempts;
  std::vector<std::pair<std::string, store::snapshot>> other_rigs;
  std::vector<std::pair<model::id, std::string>> strays;  // mails that went to another rig, named
  rig_facts::ref around;
};

inline constexpr std::size_t most_near_misses = 5;

[[nodiscard]] miss_scene scene_of(rig_table& rigs, const rig& where, const wait_request& what);

// The nearest first.
[[nodiscard]] std::vector<near_miss> find_near_misses(const miss_scene& scene, text_cache& texts);

// "rcpt:bob@shop.test subject:Welcome", as the query could have been written.
[[nodiscard]] std::string text_of(const query_node& node);

}  // namespace mailrig::rig
