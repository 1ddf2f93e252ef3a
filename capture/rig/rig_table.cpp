#include "capture/rig/rig_table.hpp"

#include <algorithm>

namespace mailrig::rig {

rig_table::rig_table(const table_limits& limits, const model::clock& clock, model::id_source& ids,
                     store_maker make_store)
    : limits_(limits), clock_(clock), ids_(ids), transcripts_(limits.transcript_octets) {
  rigs_.push_back(
      std::make_unique<rig>("default", make_store(), std::make_unique<faults::no_faults>()));
}

rig* rig_table::find(std::string_view name) {
  const auto found = std::find_if(rigs_.begin(), rigs_.end(),
                                  [name](const auto& each) { return each->name() == name; });
  return found == rigs_.end() ? nullptr : found->get();
}

store::usage rig_table::in_use() const {
  store::usage total;
  for (const auto& each : rigs_) {
    const store::usage one = each->in_use();
    total.messages += one.messages;
    total.octets += one.octets;
  }
  return total;
}

bool rig_table::evict_one() {
  const auto octets = [](const auto& each) { return each->in_use().octets; };
  const auto fullest = std::max_element(
      rigs_.begin(), rigs_.end(),
      [&octets](const auto& left, const auto& right) { return octets(left) < octets(right); });
  return (*fullest)->evict_oldest();
}

// Asked when a body begins or grows: makes room for octets and for one more message.
bool rig_table::take(std::size_t octets, std::size_t messages) {
  if (receiving_octets_ + octets > limits_.max_octets) return false;
  while (in_use().octets + receiving_octets_ + octets > limits_.max_octets ||
         in_use().messages + messages > limits_.max_messages) {
    if (!evict_one()) return false;
  }
  receiving_octets_ += octets;
  return true;
}

}  // namespace mailrig::rig
