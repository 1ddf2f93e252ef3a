// What the rules may want to know of a session, and what they are told of it.
#include "capture/pop3/session.hpp"

namespace mailrig::pop3 {

faults::event session::facts_at(model::stage point) {
  const bool is_logged_in = state_ == state::transaction;
  facts_.octets_in = octets_taken_;
  return {.point = point,
          .client_address = client_.address,
          .path = user_,
          .user = is_logged_in ? std::string_view(user_) : std::string_view{},
          .talk = faults::protocol::pop3,
          .session = &facts_,
          .octets = slow_ ? slow_->out : 0,
          .idle = idle_};
}

void session::happen(faults::happening what, model::stage point) {
  facts_.in_connection.count(what);
  if (around_.judge.counts(what)) around_.judge.observe(what, facts_at(point));
}

void session::learn_login(const model::authentication& who, bool has_succeeded) {
  last_login_ = who;
  facts_.auth_user = last_login_.user;
  facts_.auth_mechanism = last_login_.mechanism;
  facts_.auth_result = has_succeeded;
  using faults::happening;
  happen(has_succeeded ? happening::auth_succeeded : happening::auth_failed,
         model::stage::auth_result);
}

bool session::watches_silence() const {
  return around_.judge.is_asked_at(faults::protocol::pop3, model::stage::idle);
}

model::duration session::next_idle_mark() const {
  return around_.judge.next_idle_mark(faults::protocol::pop3, idle_ + model::duration{1})
      .value_or(wire::need_input::no_mark);
}

}  // namespace mailrig::pop3
