#include "capture/rig/mail_examiner.hpp"

#include "capture/delivery/parsed_mail.hpp"

#include <string>
#include <utility>

namespace mailrig::rig {

examination examine(std::string_view mail, faults::parsed_fact_set wanted) {
  auto parsed = std::make_shared<const delivery::parsed_mail>(mail, wanted);
  const faults::parsed_facts* const facts = &parsed->facts();
  return {std::move(parsed), facts};
}

void mail_examiner::examine(std::string_view mail, faults::parsed_fact_set wanted,
                            std::function<void(examination)> done) {
  if (mail.size() <= most_at_once) return done(rig::examine(mail, wanted));
  const bool is_taken = pool_.submit([octets = std::make_shared<const std::string>(mail), wanted,
                                      done]() -> worker_pool::completion {
    return [found = rig::examine(*octets, wanted), done] { done(found); };
  });
  // The pool has too much to do: the rule gets its facts all the same.
  if (!is_taken) done(rig::examine(mail, wanted));
}

}  // namespace mailrig::rig
