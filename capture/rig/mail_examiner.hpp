// Reads of a mail what rules want to know and only a parser of MIME can tell (wire::examine).
//
// Mails that take longer are read on the pool, so that only their sessions wait. I/O thread only;
// the pool outlives it.
#pragma once

#include "capture/delivery/parsed_mail.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/rig/worker_pool.hpp"
#include "faults/event.hpp"
#include "faults/fact.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace mailrig::rig {

using examination = std::shared_ptr<const faults::parsed_facts>;

class mail_examiner {
 public:
  static constexpr std::size_t most_at_once = delivery::most_parsed_at_once;

  explicit mail_examiner(worker_pool& pool) : pool_(pool) {}

  // Calls `done` once: at once or later, but on the I/O thread. The octets are copied if they are
  // needed longer than the call.
  void examine(std::string_view mail, faults::parsed_fact_set wanted,
               std::function<void(examination)> done);
  // The same without a copy.
  void examine(const model::mail_ref& mail, faults::parsed_fact_set wanted,
               std::function<void(examination)> done);

 private:
  worker_pool& pool_;
};

// Here and now.
[[nodiscard]] inline examination examine(std::string_view mail, faults::parsed_fact_set wanted) {
  return delivery::parse(mail, wanted);
}

}  // namespace mailrig::rig
