// All rigs of the process and what they share: limits, ids, clock, routes, counters, the transcript
// ring. I/O thread only.
//
// A rig that was removed lives on, empty, while a session or a request still refers to it.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/model/memory_budget.hpp"
#include "capture/rig/counters.hpp"
#include "capture/rig/listeners.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/rig_config.hpp"
#include "capture/rig/route_table.hpp"
#include "capture/rig/rule_follower.hpp"
#include "capture/rig/transcript_ring.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/intrusive/list.hpp>

namespace mailrig::rig {

class mail_examiner;

struct table_limits {
  std::size_t max_messages = 100'000;
  std::size_t max_octets = std::size_t{1} << 30;  // stored mails and bodies being received
  std::size_t transcript_octets = std::size_t{32} << 20;
  std::size_t max_rigs = 10'000;
  std::optional<model::duration> max_age = {};  // of a message; nothing: for ever
  std::uint64_t seed = 1;                       // of rules that give none
};

// Why a rig was not made.
struct rig_refusal {
  enum class reason { name_taken, route_taken, too_many };
  reason why;
  std::string holder;  // the rig that has it
  route wanted;        // of `route_taken`
};

class rig_table final : public model::memory_budget {
 public:
  using store_maker = std::function<std::unique_ptr<store::store>()>;

  // Begins with the rig `default`. Clock and ids outlive the table.
  rig_table(const table_limits& limits, const model::clock& clock, model::id_source& ids,
            store_maker make_store);

  [[nodiscard]] rig& default_rig() { return *rigs_.front(); }
  // Null if there is none of that name.
  [[nodiscard]] rig* find(std::string_view name);
  // In the order in which they were made, the default one first.
  [[nodiscard]] const std::vector<std::shared_ptr<rig>>& all() const { return rigs_; }

  // Why a rig of this configuration could not be made; `instead_of` would be replaced by it.
  [[nodiscard]] std::optional<rig_refusal> refuse(const rig_config& config,
                                                  const rig* instead_of = nullptr) const;
  // refuse() must have said nothing. Nobody is told before rig::announce_made().
  rig& make(rig_config config);
  // Empties a rig and gives it another configuration; it keeps its name.
  void remake(rig& old, rig_config config);
  // Not the default one.
  void remove(rig& gone);
  // Those whose ttl has run out and which no session and no request holds.
  [[nodiscard]] std::vector<rig*> expired() const;
  // When the next ttl or the age of a message runs out; nothing if none ever does.
  [[nodiscard]] std::optional<model::instant> next_due() const;
  // Whether any rig has a ttl, or messages may be too old.
  [[nodiscard]] bool has_deadlines() const;
  // Evicts what is too old, in every rig.
  void evict_aged();

  // Told when something falls due by a rig's clock earlier than before.
  void on_due_changed(std::function<void()> tell) { due_changed_ = std::move(tell); }
  // When that is, in real time; nothing if nothing ever does.
  [[nodiscard]] std::optional<model::instant> next_timer() const;
  // Does what has fallen due by the rigs' clocks.
  void run_timers();
  // Through which sessions are reached; null: there are none.
  void reach_sessions(listeners* through) { sessions_ = through; }
  // Reads of mails what rules want to know, for all rigs and sessions. Null, as at first: they are
  // read at once.
  void set_examiner(mail_examiner* who) { examiner_ = who; }
  [[nodiscard]] mail_examiner* examiner() const { return examiner_; }
  // `who` hears when any rig's rules, or the routes, change.
  void follow_rules(rule_follower& who) { followers_.push_back(who); }
  // What each rig made from now on gets, and those that there are.
  void set_magic(const std::string& domain, const faults::rule_set& rules);

  // Of all rigs, also those to come.
  void observe(observer& who);
  void unobserve(observer& who);

  [[nodiscard]] const table_limits& limits() const { return limits_; }
  [[nodiscard]] const model::clock& clock() const { return clock_; }
  [[nodiscard]] model::id_source& ids() { return ids_; }
  [[nodiscard]] transcript_ring& transcripts() { return transcripts_; }
  [[nodiscard]] const route_table& routes() const { return routes_; }
  [[nodiscard]] counters& count() { return counters_; }
  [[nodiscard]] store::usage in_use() const { return in_use_; }
  [[nodiscard]] std::size_t receiving_octets() const { return receiving_octets_; }

  // Budget of octets: makes room by evicting the oldest message of the rig that holds most.
  [[nodiscard]] bool take(std::size_t octets) override { return take(octets, 1); }
  // The same for octets that come with no message: what a reader holds of a mailbox.
  [[nodiscard]] bool take_for_reader(std::size_t octets) { return take(octets, 0); }
  void give_back(std::size_t octets) override { receiving_octets_ -= octets; }

 private:
  rig& add(std::string name);
  void add_routes(rig& to);
  void tell_followers();
  [[nodiscard]] bool evict_one();
  [[nodiscard]] bool take(std::size_t octets, std::size_t messages);
  [[nodiscard]] std::optional<model::duration> max_age_of(const rig& which) const;

  table_limits limits_;
  const model::clock& clock_;
  model::id_source& ids_;
  store_maker make_store_;
  transcript_ring transcripts_;
  route_table routes_;
  counters counters_;
  store::usage in_use_;
  std::uint64_t last_number_ = 0;
  std::size_t receiving_octets_ = 0;
  std::vector<std::shared_ptr<rig>> rigs_;
  std::unordered_map<std::string_view, rig*> by_name_;  // the names are the rigs'
  std::vector<observer*> observers_;
  std::function<void()> due_changed_;
  listeners* sessions_ = nullptr;
  mail_examiner* examiner_ = nullptr;
  boost::intrusive::list<rule_follower, boost::intrusive::constant_time_size<false>> followers_;
  std::string magic_domain_;
  faults::rule_set magic_rules_;
  // Whom to evict from without looking at all rigs again, and how often still.
  rig* fullest_ = nullptr;
  std::size_t runner_up_octets_ = 0;
  std::size_t evictions_to_next_look_ = 0;
};

// Closes what leads to a rig, tells its sessions, and removes it. Not the default one.
void remove_rig(rig_table& rigs, listeners& ports, rig& gone);

}  // namespace mailrig::rig
