// What an evaluation saw, in words a tester understands.
#include "faults/duration_text.hpp"
#include "faults/evaluation.hpp"
#include "faults/fact_values.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace mailrig::faults {
namespace {

std::string shown_key(std::string_view key) {
  std::string text(key);
  std::replace(text.begin(), text.end(), '\x1f', ' ');  // what stands between the parts
  return text.empty() ? std::string("all") : shown(text);
}

std::string count_name(const count_test& test) {
  std::string name(to_string(test.counter.of));
  for (const key_part part : test.counter.per) name.append(" per ").append(to_string(part));
  if (test.counter.within.what != window::kind::none)
    name.append(", ").append(to_string(test.counter.within));
  return name;
}

std::string fraction_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", value);
  return text.data();
}

}  // namespace

std::vector<looked_at> evaluation::facts_looked_at() const {
  std::vector<looked_at> all;
  const auto add = [&all](std::string name, std::string value) {
    looked_at one{std::move(name), std::move(value)};
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  };
  for (const leaf_trace& each : scratch_.traces) {
    const leaf& test = each.node->test;
    if (const auto* const f = std::get_if<fact_test>(&test)) {
      add(to_string(f->what), shown_value(f->what, facts_, now_));
    } else if (const auto* const c = std::get_if<comparison>(&test)) {
      add(to_string(c->left), shown_value(c->left, facts_, now_));
      add(to_string(c->right), shown_value(c->right, facts_, now_));
    } else if (const auto* const l = std::get_if<list_test>(&test)) {
      add(to_string(l->what), shown_value(l->what, facts_, now_));
    } else if (const auto* const n = std::get_if<count_test>(&test)) {
      add(count_name(*n), std::to_string(each.number));
    } else if (const auto* const s = std::get_if<state_test>(&test)) {
      add("state of " + s->machine, std::string(memory_.machines.state_of(s->machine)));
    } else if (std::holds_alternative<nth_test>(test) || std::holds_alternative<every_test>(test)) {
      add("event number of " + shown_key(noted_key(each)), std::to_string(each.number));
    }
  }
  return all;
}

std::vector<drawn> evaluation::draws() const {
  std::vector<drawn> all;
  for (const leaf_trace& each : scratch_.traces) {
    const auto* const p = std::get_if<probability_test>(&each.node->test);
    if (p != nullptr) all.push_back({each.draw, p->p, shown_key(noted_key(each)), each.number});
  }
  return all;
}

std::string evaluation::seen_by(const condition& node) const {
  if (node.what == condition::kind::any) return "none of its conditions holds";
  if (node.what == condition::kind::negation) return "what it negates holds";
  const auto found = std::find_if(scratch_.traces.rbegin(), scratch_.traces.rend(),
                                  [&node](const leaf_trace& each) { return each.node == &node; });
  if (found == scratch_.traces.rend()) return "it was not asked";
  const leaf_trace& seen = *found;
  const auto operands = [](const std::vector<predicate>& all) {
    std::string text;
    for (const predicate& is : all)
      text.append(text.empty() ? "" : " and ")
          .append(to_string(is.op))
          .append(" ")
          .append(is.written);
    return text;
  };
  struct teller {
    const evaluation& self;
    const leaf_trace& seen;
    const decltype(operands)& wanted;

    std::string operator()(const fact_test& test) const {
      return to_string(test.what) + " is " + shown_value(test.what, self.facts_, self.now_) +
             ", wanted: " + wanted(test.all);
    }
    std::string operator()(const comparison& test) const {
      return to_string(test.left) + " is " + shown_value(test.left, self.facts_, self.now_) +
             " and " + to_string(test.right) + " is " +
             shown_value(test.right, self.facts_, self.now_) +
             ", wanted: " + std::string(to_string(test.op));
    }
    std::string operator()(const time_test& test) const {
      if (test.what == time_test::kind::daily) return "it is another time of the day";
      return "the rule was loaded " + duration_text(self.now_ - self.rule_->state.loaded_at) +
             " ago, wanted: " + (test.what == time_test::kind::after ? "at least " : "less than ") +
             duration_text(test.since_load);
    }
    std::string operator()(const list_test& test) const {
      return to_string(test.what) + " is " + shown_value(test.what, self.facts_, self.now_) +
             ", which is not in the list " + test.name;
    }
    std::string operator()(const count_test& test) const {
      return count_name(test) + " is " + std::to_string(seen.number) +
             ", wanted: " + wanted({test.is});
    }
    std::string operator()(const state_test& test) const {
      std::string states;
      for (const std::string& each : test.is)
        states.append(states.empty() ? "" : " or ").append(each);
      return test.machine + " is " + std::string(self.memory_.machines.state_of(test.machine)) +
             ", wanted: " + states;
    }
    std::string operator()(const banned_test& test) const {
      return std::string(to_string(test.by)) + " " + shown_key(self.noted_key(seen)) +
             " is not banned";
    }
    std::string operator()(const greylist_test&) const {
      return shown_key(self.noted_key(seen)) + " came back in time and is let through";
    }
    std::string operator()(const seen_test&) const {
      return shown_key(self.noted_key(seen)) + " was not seen before";
    }
    std::string operator()(const nth_test& test) const {
      const std::string range = test.from == test.to
                                    ? std::to_string(test.from)
                                    : std::to_string(test.from) + " to " + std::to_string(test.to);
      return "it is event " + std::to_string(seen.number) + " of " +
             shown_key(self.noted_key(seen)) + ", wanted: " + range;
    }
    std::string operator()(const every_test& test) const {
      return "it is event " + std::to_string(seen.number) + " of " +
             shown_key(self.noted_key(seen)) + ", wanted: every " + std::to_string(test.n);
    }
    std::string operator()(const probability_test& test) const {
      return "the draw was " + fraction_text(seen.draw) + ", wanted: below " +
             fraction_text(test.p);
    }
  };
  return std::visit(teller{*this, seen, operands}, node.test);
}

}  // namespace mailrig::faults
