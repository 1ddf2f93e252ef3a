// What the rules want to become of a mail for one recipient, read from their verdict.
//
// A value; it carries nothing out.
#pragma once

#include "capture/delivery/due_queue.hpp"
#include "capture/model/clock.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/memory_budget.hpp"
#include "faults/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::delivery {

struct plan {
  std::string rule;
  bool is_dropped = false;
  bool is_hidden = false;
  std::optional<model::duration> lost_after;
  std::optional<model::duration> delay;
  std::optional<model::duration> window;  // of a reorder
  std::uint32_t copies = 1;
  model::duration gap{0};
  std::vector<faults::transform_step> transforms;
  std::vector<due_mail> mails;  // that the message causes
  std::vector<std::string> tags;
};

[[nodiscard]] plan read_plan(const faults::verdict& verdict, std::string_view recipient);

// The same mail with other octets; null if the transforms change nothing, or there is no room for
// it.
[[nodiscard]] model::mail_ref alter(const model::mail_record& mail,
                                    const std::vector<faults::transform_step>& steps,
                                    model::memory_budget& budget);

// When a generated mail is sent, counted from the delivery.
[[nodiscard]] model::duration time_of(const due_mail& what);

}  // namespace mailrig::delivery
