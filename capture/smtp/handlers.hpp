// What the rows of the command table do: for each command what a provider on a good day replies
// (decide), and what the given reply means for the session (settle). The only friend of session.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/smtp/session.hpp"

namespace mailrig::smtp {

struct handlers {
  // EHLO and HELO (RFC 5321 4.1.1.1): greeting.cpp
  static model::reply say_hello(session& s);
  static model::reply say_extensions(session& s);
  static void be_greeted(session& s, const model::reply& given);
  static void be_greeted_plainly(session& s, const model::reply& given);

  // MAIL, RCPT, DATA, RSET (RFC 5321 4.1.1.2 to 4.1.1.5), BDAT (RFC 3030 2): mail_commands.cpp
  static model::reply judge_sender(session& s);
  static void open_transaction(session& s, const model::reply& given);
  static model::reply judge_recipient(session& s);
  static void add_recipient(session& s, const model::reply& given);
  static void ask_for_recipient(session& s);
  static model::reply ask_for_data(session& s);
  static void begin_body(session& s, const model::reply& given);
  static model::reply judge_chunk(session& s);
  static void begin_chunk(session& s, const model::reply& given);
  static void forget_transaction(session& s, const model::reply& given);

  // STARTTLS (RFC 3207): starttls.cpp
  static model::reply offer_tls(session& s);
  static void begin_tls(session& s, const model::reply& given);

  // AUTH (RFC 4954): auth.cpp
  static model::reply begin_authentication(session& s);
  static model::reply tell_outcome(session& s);
  static void settle_authentication(session& s, const model::reply& given);

  // XCLIENT: xclient.cpp
  static model::reply judge_xclient(session& s);
  static void become_client(session& s, const model::reply& given);

  // NOOP, VRFY, HELP, QUIT: small_commands.cpp
  static model::reply say_ok(session&);
  static void change_nothing(session&, const model::reply&);
  static model::reply say_cannot_verify(session&);
  static model::reply list_commands(session& s);
  static model::reply say_bye(session&);
  static void leave(session& s, const model::reply&);
};

}  // namespace mailrig::smtp
