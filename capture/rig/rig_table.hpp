// All rigs of the process and what they share: limits, ids, clock, the transcript ring. I/O thread
// only.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/model/memory_budget.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/transcript_ring.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {

struct table_limits {
  std::size_t max_messages = 100'000;
  std::size_t max_octets = std::size_t{1} << 30;  // stored mails and bodies being received
  std::size_t transcript_octets = std::size_t{32} << 20;
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
  [[nodiscard]] const table_limits& limits() const { return limits_; }
  [[nodiscard]] const model::clock& clock() const { return clock_; }
  [[nodiscard]] model::id_source& ids() { return ids_; }
  [[nodiscard]] transcript_ring& transcripts() { return transcripts_; }
  [[nodiscard]] store::usage in_use() const;

  // Budget of octets: makes room by evicting the oldest message of the rig that holds most.
  [[nodiscard]] bool take(std::size_t octets) override { return take(octets, 1); }
  // The same for octets that come with no message: what a reader holds of a mailbox.
  [[nodiscard]] bool take_for_reader(std::size_t octets) { return take(octets, 0); }
  void give_back(std::size_t octets) override { receiving_octets_ -= octets; }

 private:
  [[nodiscard]] bool evict_one();
  [[nodiscard]] bool take(std::size_t octets, std::size_t messages);

  table_limits limits_;
  const model::clock& clock_;
  model::id_source& ids_;
  transcript_ring transcripts_;
  std::size_t receiving_octets_ = 0;
  std::vector<std::unique_ptr<rig>> rigs_;
};

}  // namespace mailrig::rig
