// The engine of fault rules of one rig: which rule acts at a point, and what it then decides.
//
// Lives on the I/O thread with its rig. Knows no socket and no timer: time comes from the rig's
// clock, chance from the seed. Rules are replaced as a whole or not at all; what rules remember
// stays with those whose id and content are the same.
#pragma once

#include "faults/evaluation.hpp"
#include "faults/hit_log.hpp"
#include "faults/judge.hpp"
#include "faults/rule_index.hpp"
#include "faults/rule_set.hpp"
#include "faults/rule_state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

struct clocks {
  const model::clock& rig;   // what rules live by
  const model::clock& real;  // what the hit log notes beside it
};

// How a rule stands.
enum class rule_status : std::uint8_t { active, disabled, exhausted, expired };
[[nodiscard]] std::string_view to_string(rule_status value);

struct rule_report {
  const rule* what;
  std::uint64_t hits = 0;
  rule_status status = rule_status::active;
  model::instant loaded_at;  // on the rig's clock
};

// Why a rule would, or would not, act on an event.
struct explanation {
  enum class outcome : std::uint8_t { acts, may_act, fails };
  std::string rule;
  outcome result = outcome::fails;
  std::string pointer;  // the first failing leaf within the rule, "" if none failed
  std::string reason;   // in words a tester understands
};
[[nodiscard]] std::string_view to_string(explanation::outcome value);

// A counter or a memory of a leaf.
struct memory_report {
  std::string name;
  std::size_t keys = 0;
  std::uint64_t forgotten = 0;
};

class engine final : public judge {
 public:
  engine(clocks time, std::uint64_t seed);
  ~engine() override;

  // Whoever is told what happens here.
  class observer {
   public:
    virtual ~observer() = default;
    virtual void hit(const faults::hit& /*what*/) {}
    // A memory was full and lost keys; told of the first one and whenever their number doubled.
    virtual void forgot(const memory_report& /*where*/) {}
    // A state was set from outside, or everything was reset.
    virtual void state_changed() {}
  };
  void set_observer(observer* who) { observer_ = who; }

  // Rules

  // Puts `rules` in the place of all others. Answers the tokens (firing::token) of rules that are
  // gone or changed: their blocking actions end.
  std::vector<std::uint64_t> replace(rule_set rules);
  // In the order in which they are asked.
  [[nodiscard]] std::vector<rule_report> rules() const;
  [[nodiscard]] const std::string& document() const { return document_; }
  [[nodiscard]] std::uint64_t seed() const { return memory_.seed; }
  // The rig's time as rules see it.
  [[nodiscard]] model::instant time() const { return now(); }

  // Decisions (judge)

  [[nodiscard]] const verdict* decide(const event& facts) override;
  void executed(const firing& which, const faults::executed& how) override {
    set_executed(which.hit, how);
  }
  void observe(happening what, const event& facts) override;
  [[nodiscard]] std::optional<std::uint64_t> next_mark(protocol talk, model::stage body,
                                                       std::uint64_t from) const override;
  [[nodiscard]] std::optional<model::duration> next_idle_mark(protocol talk,
                                                              model::duration idle) const override;
  [[nodiscard]] parsed_fact_set wanted_at(protocol talk, model::stage point) const override;
  // What a rule at `listen` makes of the listeners, as long as it goes on to act.
  struct listen_decision {
    firing acts;
    listener::kind mode;
  };
  // The first rule at `listen` that acts. The one that acts already is not hit again, and goes on
  // whatever its max_hits, until its condition no longer holds or its time is over.
  [[nodiscard]] std::optional<listen_decision> decide_listen(
      const event& facts, const std::optional<listen_decision>& present);
  // When, by time alone, a rule at `listen` may change its answer; such rules are asked then, and
  // whenever a connection opens or closes.
  [[nodiscard]] std::optional<model::instant> next_listen_change() const;

  // What happened, and why

  void set_executed(std::uint64_t hit, faults::executed how) {
    hits_.set_executed(hit, std::move(how));
  }
  [[nodiscard]] const hit_log& hits() const { return hits_; }
  // Of every rule, in order, without drawing, counting or remembering.
  [[nodiscard]] std::vector<explanation> explain(const event& facts) const;
  // Enabled rules that never acted.
  [[nodiscard]] std::vector<std::string> unused() const;

  // Memory

  [[nodiscard]] std::vector<state_machines::current> states();
  [[nodiscard]] bool set_state(std::string_view machine, std::string_view state);
  [[nodiscard]] std::vector<memory_report> memories() const;
  // Hits, counters, memories, bans and states as if everything had just been loaded, also on a
  // clock that was put back.
  void reset();
  // The seed of rule sets that give none.
  void set_default_seed(std::uint64_t seed);

 private:
  using rule_ref = std::unique_ptr<loaded_rule>;

  [[nodiscard]] model::instant now() const;
  [[nodiscard]] rule_ref load(rule what, model::instant when);
  [[nodiscard]] rule_state fresh_state(const rule& what, model::instant when);
  void publish();

  [[nodiscard]] bool may_fire(const loaded_rule& each, const event& facts,
                              model::instant when) const;
  [[nodiscard]] bool has_budget(const loaded_rule& each, const evaluation& asked,
                                model::instant when) const;
  void fire(loaded_rule& each, const event& facts, const evaluation& asked, model::instant when);
  void remember_hit(const loaded_rule& each, const event& facts, const evaluation& asked,
                    model::instant when, std::vector<std::string> decision);
  void act_on_memory(const loaded_rule& each, const evaluation& asked, model::instant when);
  void tell_of_forgotten();
  [[nodiscard]] explanation explain(loaded_rule& each, const event& facts,
                                    model::instant when) const;

  clocks time_;
  std::uint64_t default_seed_;
  bool has_own_seed_ = false;        // the rule set gave it
  mutable model::instant latest_{};  // time never goes back for rules
  // Asking to explain changes nothing in it, but walks the same way.
  mutable engine_memory memory_;
  std::vector<rule_ref> rules_;
  rule_index index_;
  std::uint64_t next_token_ = 1;
  std::string document_ = R"({"rules":[]})";
  verdict verdict_;
  hit_log hits_;
  observer* observer_ = nullptr;
  std::uint64_t tell_at_ = 1;  // how many forgotten keys are worth telling of
};

}  // namespace mailrig::faults
