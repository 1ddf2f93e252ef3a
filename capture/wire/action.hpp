// The vocabulary between a protocol session and the driver of its connection: bytes in, actions
// out.
//
// A session knows no socket, no timer and no thread. The driver asks next(), carries the action out
// and answers it; while an action is unanswered the session is fed nothing. Further actions
// (examine, open_mailbox …) join this variant together with the protocol that needs them.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/closing.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/mailbox.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace mailrig::wire {

// Read, at most so much, and give up when the peer says nothing for `patience`. Answered by feed()
// or peer_closed().
struct need_input {
  std::size_t at_most;
  model::duration patience;
};

// Write these octets in one write; they stay valid until sent(). Two sends are two writes. Answered
// by sent(). Where the next action closes with a FIN, the octets may leave together with it.
struct send {
  std::string_view bytes;
  bool is_before_fin = false;
};

// Hand a mail to the post office. Answered by delivered().
struct deliver {
  model::mail_ref mail;
};

// Let time pass; `keep` reads ahead so that the peer's going away is noticed. Answered by elapsed()
// or peer_closed().
struct wait {
  enum class input { keep, stop };
  model::duration time;
  input reading = input::keep;
};

// Close the connection; nothing is answered and nothing follows. Under TLS the modes that end in a
// FIN say close_notify first (RFC 8446 6.1), unless that is left out.
struct close {
  model::close_mode mode;
  model::duration linger;
  bool says_close_notify = true;
};

// Open a mailbox for a login whose credentials were taken; it is locked until the connection ends
// or update() is answered. Answered by opened().
struct open_mailbox {
  std::string_view login;
  const model::mailbox_rules* rules;
};

// Give the bytes of an entry of the listing. Answered by fetched().
struct fetch {
  enum class extent { whole, top };
  const model::mailbox_entry* entry;
  extent wanted;
};

// Delete what the listing marks, and release the mailbox. Answered by updated().
struct update {
  const model::mailbox_listing* entries;
};

// Begin TLS as the server. Asked twice: first the ClientHello is read, answered by client_hello();
// then the handshake goes on with the certificate of that name (empty: the server's own), answered
// by tls_ready(). Between the two a session may wait or close. Answered by tls_failed() whenever it
// comes to nothing, also when the peer goes or the server ends; then a session can only close.
struct start_tls {
  // Octets that came before and were not taken: behind STARTTLS they are thrown away
  // (CVE-2011-0411); on a port that speaks TLS from the start they are the ClientHello.
  enum class early_octets { thrown_away, begin_tls };

  std::string_view certificate;
  model::duration patience;  // for the whole handshake, from the first asking
  early_octets early = early_octets::thrown_away;
};

using action =
    std::variant<need_input, send, deliver, wait, close, start_tls, open_mailbox, fetch, update>;

enum class deliver_result { stored, storage_full };
// `session_limit`: the whole session took too long.
enum class peer_end { fin, reset, timeout, shutdown, session_limit };

}  // namespace mailrig::wire
