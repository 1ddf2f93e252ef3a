// What of a session's commands a strict server minds: noted, and refused where strictness is asked
// for.
#include "capture/smtp/session.hpp"
#include "capture/wire/address.hpp"

namespace mailrig::smtp {
namespace {

// What is wrong first, in the order of the table.
std::optional<model::reply> refusal_for(model::lint_set lints) {
  std::optional<model::reply> refusal;
  lints.for_each([&refusal](model::lint each) {
    const model::lint_text& text = model::describe(each);
    if (refusal || text.strict_code == 0) return;
    refusal = model::reply{text.strict_code, text.strict_enhanced, text.detail};
  });
  return refusal;
}

// RFC 3463 3.2: X.1.3 is the code of a bad forward-path, X.1.7 that of a bad reverse-path.
void blame_sender(model::reply& refusal) {
  if (refusal.enhanced == model::enhanced_code{5, 1, 3}) refusal.enhanced = {5, 1, 7};
}

}  // namespace

void session::note(model::lint which) {
  around_.recorder.linted(which);
  if (transaction_) return transaction_->note({which});
  session_lints_.add(which);
}

// Replies that were not sent yet tell that the client did not wait for them.
void session::note_pipelining() {
  facts_.is_pipelined = true;
  if (commands_ == 1) return note(model::lint::early_talker);
  if (!is_extended_ || !around_.rules.offers(extension::pipelining))
    return note(model::lint::pipelining_not_offered);
  if (ended_a_group_) note(model::lint::pipelining_past_group_end);
}

void session::look_for_lints(const command_row& row) {
  model::lint_set& lints = command_.lints;
  if (!is_extended_ && !command_.path.parameters.empty())
    lints.add(model::lint::parameter_after_helo);
  if (lints.is_empty()) return;
  const bool is_announced = row.point == model::stage::mail
                                ? command_.is_smtputf8
                                : transaction_ && transaction_->is_smtputf8();
  if (is_announced && wire::is_utf8(command_.path.address))
    lints.remove(model::lint::eight_bit_address);
  if (lints.has(model::lint::bare_lf)) uses_bare_lf_ = true;
  lints.for_each([this](model::lint each) { around_.recorder.linted(each); });
  // Those of MAIL and RCPT belong to their transaction once the command is done.
  if (row.point == model::stage::mail || row.point == model::stage::rcpt) return;
  if (transaction_) return transaction_->note(lints);
  session_lints_.add(lints);
}

std::optional<model::reply> session::strict_refusal(const command_row& row) const {
  if (!around_.rules.is_strict) return std::nullopt;
  auto refusal = refusal_for(command_.lints);
  if (refusal && row.point == model::stage::mail) blame_sender(*refusal);
  return refusal;
}

std::optional<model::reply> session::strict_refusal_of_content() const {
  if (!around_.rules.is_strict) return std::nullopt;
  return refusal_for(transaction_->content_lints());
}

}  // namespace mailrig::smtp
