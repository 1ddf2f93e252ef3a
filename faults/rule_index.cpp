#include "faults/rule_index.hpp"

#include "faults/fact_values.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

// With fewer rules than this, asking them costs less than hashing a value.
constexpr std::size_t fewest_indexed = 4;

bool is_indexed(fact what) {
  return what == fact::rcpt || what == fact::rcpt_domain || what == fact::rcpt_any ||
         what == fact::rcpt_all || what == fact::mail_from || what == fact::mail_from_domain;
}

bool is_address(fact what) {
  return what != fact::rcpt_domain && what != fact::mail_from_domain;
}

template <typename Visit>
void for_each_leaf(const condition& node, const Visit& visit) {
  if (node.what == condition::kind::single) return visit(node.test);
  for (const condition& each : node.parts) for_each_leaf(each, visit);
}

void want_key(parsed_fact_set& wanted, const key_parts& key) {
  if (std::find(key.begin(), key.end(), key_part::fingerprint) != key.end())
    wanted.insert(fact::fingerprint);
}

void want(parsed_fact_set& wanted, fact what) {
  if (row_of(what).source == fact_source::parser) wanted.insert(what);
}

struct parsed_facts_of {
  parsed_fact_set& wanted;
  void operator()(const fact_test& test) const { want(wanted, test.what.id); }
  void operator()(const comparison& test) const {
    want(wanted, test.left.id);
    want(wanted, test.right.id);
  }
  void operator()(const list_test& test) const { want(wanted, test.what.id); }
  void operator()(const count_test& test) const {
    want_key(wanted, test.counter.per);
    if (test.counter.of == quantity::messages_same_fingerprint) wanted.insert(fact::fingerprint);
  }
  void operator()(const banned_test& test) const { want_key(wanted, {test.by}); }
  void operator()(const greylist_test& test) const { want_key(wanted, test.key); }
  void operator()(const seen_test& test) const { want_key(wanted, test.key); }
  void operator()(const nth_test& test) const { want_key(wanted, test.per); }
  void operator()(const every_test& test) const { want_key(wanted, test.per); }
  void operator()(const probability_test& test) const { want_key(wanted, test.per); }
  void operator()(const time_test&) const {}
  void operator()(const state_test&) const {}
};

// Where a look at how long the session has been idle may change its answer.
std::vector<model::duration> idle_marks_of(const rule& what) {
  std::vector<model::duration> marks;
  for_each_leaf(what.when, [&marks](const leaf& test) {
    const auto* const idle = std::get_if<fact_test>(&test);
    if (idle == nullptr || idle->what.id != fact::session_idle) return;
    for (const predicate& is : idle->all) {
      for (const std::int64_t each : is.numbers)
        marks.emplace_back(is.op == operation::gt ? each + 1 : each);
    }
  });
  if (marks.empty()) marks.emplace_back(0);
  return marks;
}

template <typename Value>
void sort_out(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

// "*@163.com" and "order@*" say what one part of the address is.
std::optional<rule_index::wanted_values> rule_index::find_equality(fact what, const predicate& is) {
  if (is.op == operation::eq || is.op == operation::in)
    return wanted_values{what, part::whole, is.texts};
  const bool says_begin = is.op == operation::glob || is.op == operation::starts;
  const bool says_end = is.op == operation::glob || is.op == operation::ends;
  if ((!says_begin && !says_end) || !is_address(what)) return std::nullopt;
  const std::string& text = is.texts.front();
  const std::size_t last = text.rfind('@');
  if (last == std::string::npos) return std::nullopt;
  const bool is_glob_text = is.op == operation::glob;
  std::string domain = text.substr(last + 1);
  if (says_end && !(is_glob_text && is_glob(domain)))
    return wanted_values{what, part::domain, {std::move(domain)}};
  std::string local = text.substr(0, text.find('@'));
  if (says_begin && !(is_glob_text && is_glob(local)))
    return wanted_values{what, part::local, {std::move(local)}};
  return std::nullopt;
}

// A leaf that must hold whatever else the rule wants.
std::optional<rule_index::wanted_values> rule_index::find_equality(const condition& node) {
  if (node.what == condition::kind::all) {
    for (const condition& each : node.parts) {
      if (auto found = find_equality(each)) return found;
    }
  }
  if (node.what != condition::kind::single) return std::nullopt;
  const auto* const test = std::get_if<fact_test>(&node.test);
  if (test == nullptr || !is_indexed(test->what.id)) return std::nullopt;
  for (const predicate& is : test->all) {
    if (auto found = find_equality(test->what.id, is)) return found;
  }
  return std::nullopt;
}

void rule_index::build(const std::vector<std::unique_ptr<loaded_rule>>& rules) {
  points_ = std::make_unique<points>();
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const rule& what = rules[i]->what;
    if (!what.is_enabled) continue;
    for (std::size_t s = 0; s < model::stage_count; ++s) {
      const auto stage = static_cast<model::stage>(s);
      if (what.stages.contains(stage))
        add((*points_)[static_cast<std::size_t>(what.talk)][s], stage, i, what);
    }
  }
  for (auto& of_protocol : *points_) {
    for (point_rules& each : of_protocol) thin_out(each);
  }
}

void rule_index::add(point_rules& where, model::stage stage, std::uint32_t position,
                     const rule& what) {
  for_each_leaf(what.when,
                [&where](const leaf& test) { std::visit(parsed_facts_of{where.wanted}, test); });
  if (what.limit.max_hits_per) want_key(where.wanted, what.limit.max_hits_per->key);
  if (what.after_bytes) where.marks.push_back(*what.after_bytes);
  if (stage == model::stage::idle) {
    const auto marks = idle_marks_of(what);
    where.idle_marks.insert(where.idle_marks.end(), marks.begin(), marks.end());
  }
  const auto equality = find_equality(what.when);
  if (!equality) return where.plain.push_back(position);
  auto index = std::find_if(where.equal.begin(), where.equal.end(), [&](const by_value& each) {
    return each.what == equality->what && each.of == equality->of;
  });
  if (index == where.equal.end())
    index = where.equal.insert(index, by_value{equality->what, equality->of, {}});
  for (const std::string& value : equality->values) {
    positions& rules = index->rules[value];
    if (rules.empty() || rules.back() != position) rules.push_back(position);
  }
}

void rule_index::thin_out(point_rules& where) {
  sort_out(where.marks);
  sort_out(where.idle_marks);
  std::erase_if(where.equal, [&where](const by_value& index) {
    std::size_t count = 0;
    for (const auto& [value, rules] : index.rules) count += rules.size();
    if (count >= fewest_indexed) return false;
    for (const auto& [value, rules] : index.rules)
      where.plain.insert(where.plain.end(), rules.begin(), rules.end());
    return true;
  });
  sort_out(where.plain);
}

void rule_index::gather(const by_value& index, std::string_view value) {
  if (index.of == part::domain) value = domain_of(value);
  if (index.of == part::local) value = value.substr(0, value.find('@'));
  scratch_.clear();
  append_folded(scratch_, value);
  const auto found = index.rules.find(scratch_);
  if (found != index.rules.end())
    found_.insert(found_.end(), found->second.begin(), found->second.end());
}

void rule_index::gather(const by_value& index, const event& facts) {
  if (!has_several_texts(index.what)) {
    if (const auto value = text_of(index.what, facts)) gather(index, *value);
    return;
  }
  struct each_value final : text_visitor {
    each_value(rule_index& owner, const by_value& where) : self(owner), index(where) {}
    bool visit(std::string_view value) override {
      self.gather(index, value);
      return false;
    }
    rule_index& self;
    const by_value& index;
  } visitor(*this, index);
  visit_texts({index.what, {}}, facts, visitor);
}

const std::vector<std::uint32_t>& rule_index::candidates(const event& facts) {
  const point_rules& where = at(facts.talk, facts.point);
  if (where.equal.empty()) return where.plain;
  found_.clear();
  for (const by_value& index : where.equal) gather(index, facts);
  if (found_.empty()) return where.plain;
  found_.insert(found_.end(), where.plain.begin(), where.plain.end());
  sort_out(found_);
  return found_;
}

stage_set rule_index::stages_of(protocol talk) const {
  stage_set stages;
  for (std::size_t s = 0; s < model::stage_count; ++s) {
    const point_rules& each = at(talk, static_cast<model::stage>(s));
    if (!each.plain.empty() || !each.equal.empty()) stages.insert(static_cast<model::stage>(s));
  }
  return stages;
}

std::optional<std::uint64_t> rule_index::next_mark(protocol talk, model::stage body,
                                                   std::uint64_t from) const {
  const auto& marks = at(talk, body).marks;
  const auto found = std::lower_bound(marks.begin(), marks.end(), from);
  if (found == marks.end()) return std::nullopt;
  return *found;
}

std::optional<model::duration> rule_index::next_idle_mark(protocol talk,
                                                          model::duration from) const {
  const auto& marks = at(talk, model::stage::idle).idle_marks;
  const auto found = std::lower_bound(marks.begin(), marks.end(), from);
  if (found == marks.end()) return std::nullopt;
  return *found;
}

parsed_fact_set rule_index::wanted_at(protocol talk, model::stage point) const {
  return at(talk, point).wanted;
}

}  // namespace mailrig::faults
