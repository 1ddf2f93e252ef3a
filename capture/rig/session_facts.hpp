// What a search may ask of the sessions that mails came in: copies, so that the pool's thread reads
// nothing that still changes.
#pragma once

#include "capture/model/id.hpp"
#include "capture/rig/session_record.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace mailrig::rig {

struct session_facts {
  model::id id;
  std::string helo;
  std::string user;  // that AUTH proved; empty if none
  bool has_tls = false;
  std::vector<std::string> lints;
};

[[nodiscard]] session_facts facts_of(const session_record& session);

class session_index {
 public:
  session_index() = default;
  explicit session_index(const std::deque<std::shared_ptr<const session_record>>& sessions);
  explicit session_index(session_facts only) { facts_.push_back(std::move(only)); }

  // Null if it is not known any more.
  [[nodiscard]] const session_facts* find(const model::id& session) const;

 private:
  std::vector<session_facts> facts_;  // by id
};

}  // namespace mailrig::rig
