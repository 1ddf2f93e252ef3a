// Single comparisons: a predicate and a value.
#include "faults/evaluation.hpp"
#include "faults/pattern.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {

bool is_met(const predicate& is, std::int64_t number) {
  const auto operand = [&is](std::size_t i) { return is.numbers[i]; };
  switch (is.op) {
    case operation::eq: return number == operand(0);
    case operation::ne: return number != operand(0);
    case operation::lt: return number < operand(0);
    case operation::le: return number <= operand(0);
    case operation::gt: return number > operand(0);
    case operation::ge: return number >= operand(0);
    case operation::between: return number >= operand(0) && number <= operand(1);
    case operation::in:
      return std::find(is.numbers.begin(), is.numbers.end(), number) != is.numbers.end();
    default: return false;
  }
}

bool is_met(const predicate& is, std::string_view text) {
  switch (is.op) {
    case operation::eq: return equals_folded(text, is.texts.front());
    case operation::ne: return !equals_folded(text, is.texts.front());
    case operation::in: return std::binary_search(is.texts.begin(), is.texts.end(), folded(text));
    case operation::glob: return matches_glob(text, is.texts.front());
    case operation::contains: return contains_folded(text, is.texts.front());
    case operation::starts: return starts_folded(text, is.texts.front());
    case operation::ends: return ends_folded(text, is.texts.front());
    case operation::regex: return is.expression->matches(text);
    case operation::cidr: {
      const auto address = parse_ip(text);
      return address &&
             std::any_of(is.networks.begin(), is.networks.end(),
                         [&](const ip_network& each) { return each.contains(*address); });
    }
    default: return false;
  }
}

}  // namespace mailrig::faults
