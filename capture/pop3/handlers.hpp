// What the rows of the command table do: for each command what a provider on a good day replies
// (decide), and what the given reply means for the session (settle). The only friend of session.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/pop3/session.hpp"

namespace mailrig::pop3 {

struct handlers {
  // USER, PASS, APOP (RFC 1939 7), UTF8 (RFC 6856 2): authorization_commands.cpp
  static model::reply ask_for_password(session& s);
  static void take_user(session& s, const model::reply& given);
  static model::reply judge_password(session& s);
  static model::reply judge_digest(session& s);
  static void log_in(session& s, const model::reply& given);
  static void log_in_by_digest(session& s, const model::reply& given);
  static model::reply enable_utf8(session& s);

  // STLS (RFC 2595 4): stls.cpp
  static model::reply offer_tls(session& s);
  static void begin_tls(session& s, const model::reply& given);

  // AUTH (RFC 5034): authentication.cpp
  static model::reply begin_authentication(session& s);
  // What the exchange has come to.
  static model::reply tell_outcome(session& s);
  static void settle_authentication(session& s, const model::reply& given);

  // STAT, LIST, UIDL, RETR, TOP, DELE, RSET, LAST (RFC 1939 5 and 7, RFC 1460):
  // transaction_commands.cpp
  static model::reply count_messages(session& s);
  static model::reply list_sizes(session& s);
  static void send_sizes(session& s, const model::reply& given);
  static model::reply list_unique_ids(session& s);
  static void send_unique_ids(session& s, const model::reply& given);
  static model::reply judge_message(session& s);
  static void fetch_whole(session& s, const model::reply& given);
  static void fetch_top(session& s, const model::reply& given);
  static model::reply judge_deletion(session& s);
  static void mark_deleted(session& s, const model::reply& given);
  static model::reply offer_all_again(session& s);
  static void unmark_all(session& s, const model::reply& given);
  static model::reply name_last_read(session& s);

  // CAPA (RFC 2449 5), LANG (RFC 6856 3), NOOP, QUIT: small_commands.cpp
  static model::reply list_capabilities(session& s);
  static model::reply choose_language(session& s);
  static model::reply say_ok(session&);
  static void change_nothing(session&, const model::reply&);
  static model::reply say_bye(session&);
  static void leave(session& s, const model::reply& given);
};

}  // namespace mailrig::pop3
