#include "faults/condition.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

// By the position in the variant.
constexpr std::array<leaf_rank, std::variant_size_v<leaf>> ranks = {
    leaf_rank::fact,    leaf_rank::fact,  leaf_rank::fact,   leaf_rank::list,
    leaf_rank::counter, leaf_rank::state, leaf_rank::memory, leaf_rank::memory,
    leaf_rank::memory,  leaf_rank::order, leaf_rank::order,  leaf_rank::chance};

}  // namespace

leaf_rank rank_of(const leaf& value) {
  return ranks[value.index()];
}

void put_in_order(condition& node) {
  if (node.what == condition::kind::single) {
    node.rank = rank_of(node.test);
    return;
  }
  node.rank = leaf_rank::fact;
  for (condition& each : node.parts) {
    put_in_order(each);
    node.rank = std::max(node.rank, each.rank);
  }
  std::stable_sort(node.parts.begin(), node.parts.end(),
                   [](const condition& a, const condition& b) { return a.rank < b.rank; });
}

}  // namespace mailrig::faults
