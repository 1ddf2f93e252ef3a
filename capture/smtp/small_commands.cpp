// NOOP, VRFY, HELP, QUIT.
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

namespace mailrig::smtp {

model::reply handlers::say_ok(session&) {
  return replies::ok;
}

void handlers::change_nothing(session&, const model::reply&) {}

model::reply handlers::say_cannot_verify(session&) {
  return replies::cannot_verify;
}

model::reply handlers::list_commands(session& s) {
  s.reply_text_ = "Commands:";
  for (const command_row& row : command_table()) {
    if (!s.is_offered(row)) continue;
    s.reply_text_ += ' ';
    s.reply_text_ += row.verb;
  }
  s.reply_text_ += "\nmailrig captures every mail and sends none on";
  return {214, {2, 0, 0}, s.reply_text_};
}

model::reply handlers::say_bye(session&) {
  return replies::bye;
}

void handlers::leave(session& s, const model::reply&) {
  s.end_transaction();
  s.close(wire::farewell(s.around_.rules.linger));
}

}  // namespace mailrig::smtp
