// `when`: the tree of conditions.
#include "faults/duration_text.hpp"
#include "faults/loading.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

constexpr std::size_t deepest_condition = 16;
constexpr std::size_t most_parts = 1000;

// Draws and order leaves may stand where every event that reaches them is one that all other
// leaves hold for.
enum class surroundings : std::uint8_t { conjunction, alternative };

// {"after": "10s", "for": "30s"} ends 40 s after the load.
void count_from_after(condition& node) {
  const auto time_of = [&node](std::string_view key) -> time_test* {
    for (condition& each : node.parts) {
      if (each.pointer.ends_with(key)) return std::get_if<time_test>(&each.test);
    }
    return nullptr;
  };
  time_test* const after = time_of("/after");
  time_test* const length = time_of("/for");
  if (after != nullptr && length != nullptr) length->since_load += after->since_load;
}

class condition_loader {
 public:
  explicit condition_loader(rule_context& context) : context_(context), out_(context.out) {}

  [[nodiscard]] condition load(const json& value, const place& where, surroundings around,
                               std::size_t depth);

 private:
  void load_key(condition& node, std::string_view key, const json& value, const place& where,
                surroundings around, std::size_t depth);
  void load_group(condition& node, const json& value, const place& where, surroundings around,
                  std::size_t depth);
  [[nodiscard]] condition leaf_at(leaf test, const place& where) const;

  [[nodiscard]] leaf load_fact(const fact_name& what, const json& value, const place& where);
  [[nodiscard]] leaf load_cmp(const json& value, const place& where);

  rule_context& context_;
  findings& out_;
  std::size_t parts_ = 0;
};

condition condition_loader::leaf_at(leaf test, const place& where) const {
  condition node;
  node.what = condition::kind::single;
  node.test = std::move(test);
  node.pointer = where.pointer_below(context_.rule_place);
  return node;
}

condition condition_loader::load(const json& value, const place& where, surroundings around,
                                 std::size_t depth) {
  condition node;
  node.pointer = where.pointer_below(context_.rule_place);
  if (!value.is_object()) {
    out_.add(where, "expected a condition, found " + excerpt(value),
             R"(an object such as {"rcpt.domain": {"eq": "163.com"}})");
    return node;
  }
  if (depth > deepest_condition) {
    out_.add(where, "conditions are nested deeper than 16 levels", "a flatter `all` or `any`");
    return node;
  }
  if (value.empty())
    out_.add(where, "an empty condition", "leave `when` out to act always, or name a fact");
  for (const auto& [key, part] : value.items())
    load_key(node, key, part, where / key, around, depth);
  if (value.contains("after") && value.contains("for")) count_from_after(node);
  return node;
}

void condition_loader::load_key(condition& node, std::string_view key, const json& value,
                                const place& where, surroundings around, std::size_t depth) {
  if (++parts_ > most_parts) {
    if (parts_ == most_parts + 1)
      out_.add(where, "a rule with more than 1,000 conditions",
               "a list: {\"lists\": {\"rcpt\": …}}");
    return;
  }
  if (key == "all" || key == "any") {
    condition group;
    group.what = key == "all" ? condition::kind::all : condition::kind::any;
    group.pointer = where.pointer_below(context_.rule_place);
    load_group(group, value, where, key == "all" ? around : surroundings::alternative, depth);
    node.parts.push_back(std::move(group));
    return;
  }
  if (key == "not") {
    condition negation;
    negation.what = condition::kind::negation;
    negation.pointer = where.pointer_below(context_.rule_place);
    negation.parts.push_back(load(value, where, surroundings::alternative, depth + 1));
    node.parts.push_back(std::move(negation));
    return;
  }
  if (key == "cmp") {
    node.parts.push_back(leaf_at(load_cmp(value, where), where));
    return;
  }
  if (const leaf_loader* row = find_leaf_loader(key); row != nullptr) {
    if (row->is_drawn && around == surroundings::alternative)
      out_.add(where, "`" + std::string(key) + "` stands under `any` or `not`",
               "at top level or under `all`: which events it sees must not depend on other leaves");
    node.parts.push_back(leaf_at(row->load(context_, value, where), where));
    return;
  }
  if (const auto fact = find_fact(key)) {
    check_known(context_, where, *fact);
    node.parts.push_back(leaf_at(load_fact(*fact, value, where), where));
    return;
  }
  const bool is_per = key == "per";
  const std::string_view meant = nearest_fact(key);
  out_.add(where, "no fact or condition is called `" + shown(key, 80) + "`",
           is_per          ? R"(`per` stands within: {"nth": {"n": 1, "per": "rcpt"}})"
           : meant.empty() ? "a fact such as `rcpt.domain`, or `all`, `any`, `not`, `count`, `nth`"
                           : "did you mean `" + std::string(meant) + "`?");
}

void condition_loader::load_group(condition& node, const json& value, const place& where,
                                  surroundings around, std::size_t depth) {
  if (!value.is_array() || value.empty()) {
    out_.add(where,
             value.is_array() ? "an empty group" : "expected an array, found " + excerpt(value),
             "an array of conditions: [{…}, {…}]");
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (parts_ > most_parts) return;
    node.parts.push_back(load(value[i], where[i], around, depth + 1));
  }
}

leaf condition_loader::load_fact(const fact_name& what, const json& value, const place& where) {
  fact_test test{what, {}};
  const std::string name = to_string(what);
  const fact_kind kind = kind_of(what.id);
  if (!value.is_object() || value.empty()) {
    const std::string shape = value.is_structured() ? "\"…\"" : excerpt(value);
    out_.add(where, "expected an operation, found " + excerpt(value), "{\"eq\": " + shape + "}");
    return test;
  }
  for (const auto& [key, operand] : value.items()) {
    const auto op = find_operation(key);
    if (op) {
      test.all.push_back(load_predicate(out_, operand, where / key, *op, kind, name));
      continue;
    }
    out_.add(where / key, "no operation is called `" + shown(key, 80) + "`",
             "one of eq, ne, in, glob, regex, contains, starts, ends, lt, le, gt, ge, between, "
             "cidr, exists");
  }
  return test;
}

leaf condition_loader::load_cmp(const json& value, const place& where) {
  comparison test;
  constexpr std::string_view right = R"(["mail_from", "ne", "auth.user"])";
  if (!value.is_array() || value.size() != 3 || !value[0].is_string() || !value[1].is_string() ||
      !value[2].is_string()) {
    out_.add(where, "expected a fact, an operation and a fact", std::string(right));
    return test;
  }
  const auto read = [&](std::size_t i) -> fact_name {
    const auto& name = value[i].get_ref<const std::string&>();
    if (auto fact = find_fact(name)) {
      check_known(context_, where[i], *fact);
      return *fact;
    }
    const std::string_view meant = nearest_fact(name);
    out_.add(where[i], "no fact is called `" + shown(name, 80) + "`",
             meant.empty() ? std::string(right) : "did you mean `" + std::string(meant) + "`?");
    return {};
  };
  test.left = read(0);
  test.right = read(2);
  const auto op = find_operation(value[1].get_ref<const std::string&>());
  const auto is_number = [](fact_kind kind) {
    return kind == fact_kind::number || kind == fact_kind::time;
  };
  const bool both_numbers = is_number(kind_of(test.left.id)) && is_number(kind_of(test.right.id));
  const bool is_order =
      op == operation::lt || op == operation::le || op == operation::gt || op == operation::ge;
  const bool is_text =
      op == operation::contains || op == operation::starts || op == operation::ends;
  const bool is_equality = op == operation::eq || op == operation::ne;
  if (!is_equality && !(is_order && both_numbers) && !(is_text && !both_numbers))
    out_.add(where[1], excerpt(value[1]) + " does not compare these two facts",
             both_numbers ? "eq, ne, lt, le, gt or ge" : "eq, ne, contains, starts or ends");
  if (op) test.op = *op;
  if (kind_of(test.left.id) != kind_of(test.right.id) &&
      (is_number(kind_of(test.left.id)) || is_number(kind_of(test.right.id))))
    out_.add(where, "a number is compared with a text", std::string(right));
  return test;
}

}  // namespace

void load_condition(rule_context& context, const json& value, const place& where) {
  context.target.when = condition_loader(context).load(value, where, surroundings::conjunction, 0);
  put_in_order(context.target.when);
}

}  // namespace mailrig::faults
