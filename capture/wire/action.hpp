// The vocabulary between a protocol session and the driver of its connection: bytes in, actions
// out.
//
// A session knows no socket, no timer and no thread. The driver asks next(), carries the action out
// and answers it; while an action is unanswered the session is fed nothing. Further actions
// (start_tls, examine, open_mailbox …) join this variant together with the protocol that needs
// them.
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
// by sent().
struct send {
  std::string_view bytes;
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

// Close the connection; nothing is answered and nothing follows.
struct close {
  model::close_mode mode;
  model::duration linger;
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

using action = std::variant<need_input, send, deliver, wait, close, open_mailbox, fetch, update>;

enum class deliver_result { stored, storage_full };
enum class peer_end { fin, reset, timeout, shutdown };

}  // namespace mailrig::wire
