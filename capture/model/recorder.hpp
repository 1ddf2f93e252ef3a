// What a protocol session reports while it runs. The session says what happened; who listens keeps
// the transcript, the attempts and the counters. One recorder per session, living as long as it.
#pragma once

#include "capture/model/authentication.hpp"
#include "capture/model/client_facts.hpp"
#include "capture/model/lint.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/tls_facts.hpp"

#include <cstdint>
#include <string_view>

namespace mailrig::model {

enum class direction : std::uint8_t { from_client, to_client };

class recorder {
 public:
  virtual ~recorder() = default;
  // One command line or one reply, as on the wire with its line end; secrets are masked by the
  // session. Bodies are never said: they are in the mail_record.
  virtual void said(direction way, std::string_view octets) = 0;
  // Behind DATA so many un-stuffed octets came, complete or not.
  virtual void body_received(std::uint64_t octets) = 0;
  // A mail was handed out in so many octets, stuffed dots not counted.
  virtual void body_sent(std::uint64_t octets) = 0;
  // A listing of so many lines was sent that is too long for the transcript.
  virtual void listing_sent(std::uint64_t lines) = 0;
  // Something a developer should know and no table says: a defect, an abuse. `detail` is one
  // English sentence.
  virtual void noted(std::string_view name, std::string_view detail) = 0;
  // The client did what a strict server minds. Kept once a session, however often it is said.
  virtual void linted(lint which) = 0;
  // A rule acts: what follows is not the server's own doing. `what` is one English sentence.
  virtual void rule_acted(std::string_view rule, std::string_view what) = 0;
  // Somebody who is trusted says for whom the connection is.
  virtual void client_given(const client_facts& client) = 0;
  virtual void helo_given(std::string_view name) = 0;
  // The client is believed to be this. Said once a session, and again behind STARTTLS.
  virtual void authenticated(const authentication& who) = 0;
  // A transaction that did not become a message: rejected or aborted, with what arrived of it.
  virtual void attempt_ended(mail_ref attempt) = 0;
  // The connection speaks TLS from here on.
  virtual void tls_established(const tls_facts& facts) = 0;
};

}  // namespace mailrig::model
