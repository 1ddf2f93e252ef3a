#include "capture/rig/mail_examiner.hpp"

#include "capture/delivery/parsed_mail.hpp"

#include <string>
#include <utility>

namespace mailrig::rig {

void mail_examiner::examine(std::string_view mail, faults::parsed_fact_set wanted,
                            std::function<void(examination)> done) {
  if (mail.size() <= most_at_once) return done(delivery::parse(mail, wanted));
  const bool is_taken = pool_.submit([octets = std::make_shared<const std::string>(mail), wanted,
                                      done]() -> worker_pool::completion {
    return [found = delivery::parse(*octets, wanted), done] { done(found); };
  });
  // The pool has too much to do: the rule gets its facts all the same.
  if (!is_taken) done(delivery::parse(mail, wanted));
}

void mail_examiner::examine(const model::mail_ref& mail, faults::parsed_fact_set wanted,
                            std::function<void(examination)> done) {
  if (mail->bytes().size() <= most_at_once) return done(delivery::parse(mail->bytes(), wanted));
  const bool is_taken = pool_.submit([mail, wanted, done]() -> worker_pool::completion {
    return [found = delivery::parse(mail->bytes(), wanted), done] { done(found); };
  });
  if (!is_taken) done(delivery::parse(mail->bytes(), wanted));
}

}  // namespace mailrig::rig
