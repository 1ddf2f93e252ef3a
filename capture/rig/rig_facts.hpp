// What a search may ask of a rig beside the mails themselves: the sessions that they came in, the
// rules that fired for them, the chains that they belong to. Copies, so that the pool's thread
// reads nothing that still changes.
//
// Made on the I/O thread, only of what a query asks for; then read by one thread at a time.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/rig/chain.hpp"
#include "capture/rig/query.hpp"
#include "capture/rig/session_facts.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailrig::rig {

class rig;

class rig_facts {
 public:
  using ref = std::shared_ptr<const rig_facts>;

  rig_facts() = default;
  explicit rig_facts(session_index sessions) : sessions_(std::move(sessions)) {}

  // Null: the query asks for nothing of the kind.
  [[nodiscard]] static ref of(const query& wanted, const rig& where);
  // Enough to judge one mail by several queries; cheap, whatever the rig holds.
  [[nodiscard]] static ref of(std::span<const query_ref> wanted, const rig& where,
                              const model::mail_record& one);
  // A null one knows nothing.
  [[nodiscard]] static const rig_facts& get(const ref& from);

  // Null if it is not known any more.
  [[nodiscard]] const session_facts* session(const model::id& which) const {
    return sessions_.find(which);
  }
  // Ids of the rules that acted in this transaction or on its mail, with blanks between.
  [[nodiscard]] std::string_view rules_of(const model::mail_record& mail) const;
  // Empty: it is in none. Reads the mail: on the pool only.
  [[nodiscard]] std::string chain_of(const model::mail_record& mail) const;

 private:
  session_index sessions_;
  std::unordered_map<std::string, std::string> rules_;  // by the attempt's id
  chain_finder chains_;
};

[[nodiscard]] bool asks_for_rig_facts(const query& wanted);
// The newest 10,000 messages and the newest 10,000 failed attempts: among them chains are found.
[[nodiscard]] std::vector<model::mail_ref> recent_mails(const rig& where);
// What names the chains of these mails: looks around only if one of them needs it.
[[nodiscard]] chain_finder chains_for(std::span<const model::mail_ref> mails, const rig& where);

}  // namespace mailrig::rig
