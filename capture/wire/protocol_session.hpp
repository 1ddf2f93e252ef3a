// The contract between one protocol session (SMTP, POP3, later IMAP) and whoever drives it.
//
//   loop:  if octets are waiting and the last action was need_input: taken = feed(octets)
//          action = next(); carry it out; answer it
//
// feed() returns how many octets it took. What it leaves (half a command line, or what follows a
// mail that is being delivered) is offered again, with more behind it; the session remembers how
// far it has looked, so nothing is scanned twice. next() never blocks and changes nothing when
// asked twice.
#pragma once

#include "capture/model/tls_facts.hpp"
#include "capture/wire/action.hpp"
#include "faults/event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace mailrig::wire {

class protocol_session {
 public:
  virtual ~protocol_session() = default;

  [[nodiscard]] virtual std::size_t feed(std::string_view octets) = 0;
  [[nodiscard]] virtual action next() = 0;
  // True when next() would be need_input and feed() may be called; lets a driver that holds octets
  // answer several commands before it writes.
  [[nodiscard]] virtual bool takes_input() const = 0;

  virtual void sent() = 0;
  virtual void delivered(deliver_result result) = 0;
  virtual void elapsed() = 0;
  // Of a session that watches silences: the peer's has lasted so long, the mark that was asked for.
  virtual void silent_for(model::duration /*silence*/) {}
  // Of a session that lets rules examine mails; never null.
  virtual void examined(std::shared_ptr<const faults::parsed_facts>) {}
  // Of a session that asks for mailboxes.
  virtual void opened(model::opened_mailbox) {}
  // Null: the message is gone.
  virtual void fetched(model::mail_ref) {}
  virtual void updated() {}
  virtual void peer_closed(peer_end how) = 0;
  // Rules are gone: what they make the session wait for ends. `rules` are their tokens
  // (faults::firing); empty: all rules. True if a wait that was asked for is over by it: its
  // elapsed() is then not called.
  virtual bool released(std::span<const std::uint64_t> /*rules*/) { return false; }

  // Answers to start_tls; a session that never asks for it needs none of them.
  virtual void client_hello(const model::client_hello&) {}
  virtual void tls_ready(const model::tls_facts&) {}
  virtual void tls_failed(const model::tls_failure&) {}
};

}  // namespace mailrig::wire
