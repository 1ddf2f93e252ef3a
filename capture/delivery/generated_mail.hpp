// Mail that a message causes and nobody sent: bounces (RFC 3464), complaints (RFC 5965) and
// automatic replies (RFC 3834), addressed to the sender of the envelope.
//
// Pure: a message and a time in, a mail out. Never answers a null sender (RFC 5321 4.5.5), nor
// what a recipient's NOTIFY forbids (RFC 3461 4.1), nor, with an automatic reply, what was
// generated itself (RFC 3834 2).
#pragma once

#include "capture/delivery/due_queue.hpp"
#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/memory_budget.hpp"

#include <string_view>

namespace mailrig::delivery {

struct generation {
  model::instant at;         // on the rig's clock: what the mail's own dates say
  model::instant arrived;    // on the rig's clock: when the message that causes it was taken in
  model::instant real_time;  // when it is taken in
  model::id id;
  std::string_view host = "mailrig.test";  // the mail server that writes it
};

// Whether this message may cause such a mail for that recipient.
[[nodiscard]] bool is_wanted(const due_mail& what, const model::mail_record& cause,
                             std::string_view recipient);

// Null: there is no room for it. The message must want it.
[[nodiscard]] model::mail_ref generate(const due_mail& what, const model::mail_record& cause,
                                       std::string_view recipient, const generation& how,
                                       model::memory_budget& budget);

}  // namespace mailrig::delivery
