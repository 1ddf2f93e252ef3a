#include "faults/evaluation.hpp"

#include "faults/draw.hpp"
#include "faults/duration_text.hpp"
#include "faults/fact_values.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

// rcpt.all: every one of at least one; all other facts with several values: any of them.
class several final : public text_visitor {
 public:
  several(const predicate& is, bool wants_all) : is_(is), wants_all_(wants_all) {}
  bool visit(std::string_view text) override {
    has_any_ = true;
    const bool met = is_met(is_, text);
    if (met != wants_all_) decided_ = met;
    return met != wants_all_;
  }
  [[nodiscard]] bool result() const { return decided_.value_or(wants_all_ && has_any_); }

 private:
  const predicate& is_;
  bool wants_all_;
  bool has_any_ = false;
  std::optional<bool> decided_;
};

class in_list final : public text_visitor {
 public:
  explicit in_list(const value_list& values) : values_(values) {}
  bool visit(std::string_view text) override {
    const std::string value = folded(text);
    if (values_.exact.contains(value)) return is_found = true;
    return is_found = std::any_of(values_.others.begin(), values_.others.end(),
                                  [&](const std::string& each) { return matches(value, each); });
  }
  bool is_found = false;

 private:
  [[nodiscard]] bool matches(const std::string& value, const std::string& entry) const {
    if (!values_.is_contained) return matches_glob(value, entry);
    return is_glob(entry) ? matches_glob(value, "*" + entry + "*") : contains_folded(value, entry);
  }
  const value_list& values_;
};

bool is_text(fact id) {
  const fact_kind kind = kind_of(id);
  return kind == fact_kind::text || kind == fact_kind::address;
}

model::duration time_of_day(model::instant now, model::duration offset) {
  constexpr auto day = std::chrono::hours{24};
  const auto since = (now.time_since_epoch() + offset) % day;
  return since < model::duration{0} ? since + day : since;
}

}  // namespace

bool evaluation::holds(loaded_rule& rule) {
  rule_ = &rule;
  failed_ = nullptr;
  met_chance_ = false;
  scratch_.traces.clear();
  scratch_.keys.clear();
  return holds(rule.what.when);
}

bool evaluation::holds(const condition& node) {
  switch (node.what) {
    case condition::kind::all: return all_hold(node);
    case condition::kind::any: return any_holds(node);
    case condition::kind::negation: {
      const bool held = holds(node.parts.front());
      if (held) failed_ = &node;
      return !held;
    }
    case condition::kind::single: break;
  }
  const bool held = leaf_holds(node);
  if (!held) failed_ = &node;
  return held;
}

bool evaluation::all_hold(const condition& node) {
  return std::all_of(node.parts.begin(), node.parts.end(),
                     [this](const condition& each) { return holds(each); });
}

bool evaluation::any_holds(const condition& node) {
  if (std::any_of(node.parts.begin(), node.parts.end(),
                  [this](const condition& each) { return holds(each); }))
    return true;
  failed_ = &node;
  return false;
}

bool evaluation::leaf_holds(const condition& node) {
  leaf_trace& seen = scratch_.traces.emplace_back(leaf_trace{&node, 0, 0, 0});
  return std::visit([&](const auto& test) { return ask(test, seen); }, node.test);
}

bool evaluation::fact_holds(const fact_name& what, const predicate& is) {
  if (is.op == operation::exists) return has_value(what, facts_, now_) == is.flag;
  if (is_text(what.id)) {
    if (has_several_texts(what.id)) {
      several visitor(is, what.id == fact::rcpt_all);
      visit_texts(what, facts_, visitor);
      return visitor.result();
    }
    const auto text = text_of(what.id, facts_);
    return text && is_met(is, *text);
  }
  const auto number = number_of(what.id, facts_, now_);
  if (!number) return false;
  if (kind_of(what.id) == fact_kind::flag)
    return ((*number != 0) == is.flag) == (is.op == operation::eq);
  return is_met(is, *number);
}

bool evaluation::ask(const fact_test& test, leaf_trace&) {
  return std::all_of(test.all.begin(), test.all.end(),
                     [&](const predicate& is) { return fact_holds(test.what, is); });
}

// The right fact's value takes the place of an operand.
bool evaluation::ask(const comparison& test, leaf_trace&) {
  predicate is;
  is.op = test.op;
  if (!is_text(test.left.id) && !is_text(test.right.id)) {
    const auto left = number_of(test.left.id, facts_, now_);
    const auto right = number_of(test.right.id, facts_, now_);
    if (!left || !right) return false;
    is.numbers = {*right};
    return is_met(is, *left);
  }
  struct first final : text_visitor {
    bool visit(std::string_view text) override {
      value = folded(text);
      return true;
    }
    std::optional<std::string> value;
  } right;
  if (has_several_texts(test.right.id)) {
    visit_texts(test.right, facts_, right);
  } else if (const auto text = text_of(test.right.id, facts_)) {
    right.value = folded(*text);
  }
  if (!right.value) return false;
  is.texts = {*right.value};
  return fact_holds(test.left, is);
}

bool evaluation::ask(const time_test& test, leaf_trace&) {
  const model::duration since_load = now_ - rule_->state.loaded_at;
  switch (test.what) {
    case time_test::kind::after: return since_load >= test.since_load;
    case time_test::kind::before: return since_load < test.since_load;
    case time_test::kind::daily: break;
  }
  const model::duration time = time_of_day(now_, test.offset);
  if (test.from < test.to) return time >= test.from && time < test.to;
  return time >= test.from || time < test.to;
}

bool evaluation::ask(const list_test& test, leaf_trace&) {
  in_list visitor(*test.values);
  if (!is_text(test.what.id)) {
    const auto number = number_of(test.what.id, facts_, now_);
    return number && visitor.visit(std::to_string(*number));
  }
  if (has_several_texts(test.what.id)) {
    visit_texts(test.what, facts_, visitor);
    return visitor.is_found;
  }
  const auto text = text_of(test.what.id, facts_);
  return text && visitor.visit(*text);
}

bool evaluation::ask(const count_test& test, leaf_trace& seen) {
  seen.number = memory_.counters.value(*rule_->state.counters[test.slot], facts_, now_);
  return is_met(test.is, static_cast<std::int64_t>(seen.number));
}

bool evaluation::ask(const state_test& test, leaf_trace&) {
  const std::string_view state = memory_.machines.state_of(test.machine);
  return std::find(test.is.begin(), test.is.end(), state) != test.is.end();
}

bool evaluation::ask(const banned_test& test, leaf_trace& seen) {
  const std::string& key = note_key(seen, {test.by});
  const auto* const until = memory_.bans[static_cast<std::size_t>(test.by)].peek(key);
  return until != nullptr && now_ < *until;
}

// A key that came back between min and max has passed, and is let through from then on.
bool evaluation::ask(const greylist_test& test, leaf_trace& seen) {
  const std::string& key = note_key(seen, test.key);
  auto& memory = rule_->state.memories[test.slot];
  memory_cell looked;
  if (const memory_cell* const known = memory.peek(key)) looked = *known;
  const bool is_new = looked.count == 0 || (!looked.has_passed && now_ - looked.first > test.max);
  if (is_new) looked = {0, now_, false};
  ++looked.count;
  looked.has_passed = looked.has_passed || (!is_new && now_ - looked.first >= test.min);
  seen.number = looked.count;
  if (mode_ == mode::decide) memory.use(key) = looked;
  return !looked.has_passed;
}

bool evaluation::ask(const seen_test& test, leaf_trace& seen) {
  (void)note_key(seen, test.key);
  return count_event(test.slot, seen) > 1;
}

bool evaluation::ask(const nth_test& test, leaf_trace& seen) {
  (void)note_key(seen, test.per);
  const std::uint64_t n = count_event(test.slot, seen);
  return n >= test.from && n <= test.to;
}

bool evaluation::ask(const every_test& test, leaf_trace& seen) {
  (void)note_key(seen, test.per);
  return count_event(test.slot, seen) % test.n == 0;
}

bool evaluation::ask(const probability_test& test, leaf_trace& seen) {
  const std::string& key = note_key(seen, test.per);
  const std::uint64_t n = count_event(test.slot, seen);
  if (mode_ == mode::explain) {
    met_chance_ = met_chance_ || (test.p > 0 && test.p < 1);
    return test.p > 0;
  }
  seen.draw = draw_fraction({memory_.seed, rule_->what.id, key, n, test.slot});
  return seen.draw < test.p;
}

// Which event of the key this is; `explain` tells which it would be.
std::uint64_t evaluation::count_event(std::uint32_t slot, leaf_trace& seen) {
  auto& memory = rule_->state.memories[slot];
  const std::string& key = noted_key(seen);
  if (mode_ == mode::decide) {
    seen.number = ++memory.use(key).count;
  } else {
    const memory_cell* const known = memory.peek(key);
    seen.number = known == nullptr ? 1 : known->count + 1;
  }
  return seen.number;
}

const std::string& evaluation::note_key(leaf_trace& seen, const key_parts& per) {
  seen.key = static_cast<std::uint32_t>(scratch_.keys.size());
  return scratch_.keys.emplace_back(key_of(per));
}

std::string evaluation::key_of(const key_parts& per) const {
  std::string key;
  if (!per.empty()) {
    (void)append_key(key, per, facts_);
    return key;
  }
  const bool has_transaction = reverse_path_of(facts_).has_value();
  (void)append_key(key, {has_transaction ? key_part::mail_from : key_part::client_ip}, facts_);
  return key;
}

}  // namespace mailrig::faults
