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
#include "faults/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace mailrig::wire {

// Read, at most so much, and give up when the peer says nothing for `patience`, which is real time.
// Answered by feed() or peer_closed().
//
// Where rules watch how long the peer is silent, the session hears of it by silent_for() once that
// has lasted for `mark`, on the rig's clock; then the silence goes on, and so does the patience. It
// begins with the last octets, or when it is first watched.
struct need_input {
  enum class silence : std::uint8_t { ends_the_session, is_watched };
  static constexpr model::duration no_mark = model::duration::max();
  std::size_t at_most;
  model::duration patience;
  silence then = silence::ends_the_session;
  model::duration mark = no_mark;
};

// Write these octets in one write; they stay valid until sent(). Two sends are two writes. Answered
// by sent(). Where the next action closes with a FIN, the octets may leave together with it.
struct send {
  std::string_view bytes;
  bool is_before_fin = false;
};

// Hand a mail to the post office. Answered by delivered(). Who waits for the mail is told after the
// first write of its reply, or, where a rule delays, replaces or loses that reply, as soon as the
// mail is stored.
struct deliver {
  model::mail_ref mail;
  bool is_told_at_once = false;
};

// Let time pass, on the rig's clock or on the machine's; `keep` reads ahead so that the peer's
// going away is noticed. Answered by elapsed() or peer_closed(), or cut short by released().
struct wait {
  enum class input : std::uint8_t { keep, stop };
  enum class clock : std::uint8_t { of_the_rig, real };
  model::duration time;
  input reading = input::keep;
  clock by = clock::of_the_rig;
};

// How fast octets come and go from here on; 0: as fast as they can. `latency` passes before every
// read and every write. Carried out at once and answered by elapsed().
struct set_pace {
  std::uint64_t in = 0;   // octets a second
  std::uint64_t out = 0;  // octets a second
  model::duration latency{0};
};

// Close the connection; nothing is answered and nothing follows. Under TLS the modes that end in a
// FIN say close_notify first (RFC 8446 6.1), unless that is left out.
struct close {
  model::close_mode mode;
  model::duration linger;
  bool says_close_notify = true;
  // The peer has said goodbye. Where nothing of it is left unread nothing more is waited for: the
  // FIN goes out all the same, and no octet comes that a reset could answer.
  bool is_farewell = false;
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

// How one handshake differs from the server's others.
struct tls_terms {
  std::uint8_t alert = 0;         // RFC 8446 6.2: refuse with it; 0: none
  std::uint16_t min_version = 0;  // as on the wire: 0x0303 is TLS 1.2; 0: the server's own
  std::uint16_t max_version = 0;
  std::string ciphers;  // as OpenSSL writes them; empty: the server's own
};

// Begin TLS as the server. Asked twice: first the ClientHello is read, answered by client_hello();
// then the handshake goes on with the certificate of that name (empty: the server's own), answered
// by tls_ready(). Between the two a session may wait or close. Answered by tls_failed() whenever it
// comes to nothing, also when the peer goes or the server ends; then a session can only close.
struct start_tls {
  // Octets that came before and were not taken: behind STARTTLS they are thrown away
  // (CVE-2011-0411), or, for the server that forgets to, taken as if they had come through TLS; on
  // a port that speaks TLS from the start they are the ClientHello.
  enum class early_octets : std::uint8_t { thrown_away, begin_tls, kept };

  std::string_view certificate;
  model::duration patience;  // for the whole handshake, from the first asking
  early_octets early = early_octets::thrown_away;
  const tls_terms* terms = nullptr;  // null: the server's own; looked at with the certificate
};

// Read of a whole mail what rules want to know and only a parser of MIME can tell. The octets stay
// valid until examined(); until then only this session waits.
struct examine {
  std::string_view mail;
  faults::parsed_fact_set wanted;
};

using action = std::variant<need_input, send, deliver, wait, close, start_tls, open_mailbox, fetch,
                            update, set_pace, examine>;

enum class deliver_result { stored, storage_full };
// `session_limit`: the whole session took too long.
enum class peer_end { fin, reset, timeout, shutdown, session_limit };

// "client_fin": what a hit of a rule says of its end.
[[nodiscard]] std::string_view to_string(peer_end how);

}  // namespace mailrig::wire
