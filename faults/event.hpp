// What a session tells the rules: where it stands (event) and what happened (happening).
//
// Cheap to fill: views and numbers that live for the call, and one pointer to facts that the
// session keeps for itself. Nothing here is looked at before a loaded rule asks.
#pragma once

#include "capture/model/authentication.hpp"
#include "capture/model/clock.hpp"
#include "capture/model/envelope.hpp"
#include "capture/model/id.hpp"
#include "capture/model/stage.hpp"
#include "faults/protocol.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>

namespace mailrig::faults {

// What counters count, told through judge::observe().
enum class happening : std::uint8_t {
  connection_opened,  // before anything is asked; the session is then listed until it is closed
  connection_closed,
  command,          // a line was understood; before its own point is asked
  command_error,    // a reply from 500 to 599, or -ERR, that was the client's fault
  command_unknown,  // a verb that nobody knows
  auth_failed,
  auth_succeeded,
  mail_accepted,
  rcpt_accepted,
  rcpt_rejected,
  rcpt_unknown,      // rejected because there is no such mailbox; rcpt_rejected is told as well
  message_accepted,  // event.size holds its octets
  pop3_login,
};
inline constexpr std::size_t happening_count = static_cast<std::size_t>(happening::pop3_login) + 1;

// How often each thing happened in one connection or in one transaction.
struct tallies {
  std::array<std::uint32_t, happening_count> times{};  // small: two for each connection
  std::uint64_t octets = 0;                            // of the messages that were accepted

  void count(happening what, std::uint64_t size = 0) {
    ++times[static_cast<std::size_t>(what)];
    if (what == happening::message_accepted) octets += size;
  }
  [[nodiscard]] std::uint64_t of(happening what) const {
    return times[static_cast<std::size_t>(what)];
  }
};

using session_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// Facts of one connection. Owned and updated by its session; the judge lists it while it is open
// and forgets it when it is destroyed.
struct session_facts : session_hook {
  model::id id;
  // These three are the judge's, who learns of the connection first and has a clock.
  std::uint64_t number = 0;          // the how-manieth session of its rig, from 1
  model::instant began_at;           // on the rig's clock
  model::duration age_elsewhere{0};  // by the clock of another rig, in which it was before
  std::string_view client_address;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  std::string_view server_name;
  bool is_pipelined = false;  // a command came before the reply to the one before it
  std::uint64_t octets_in = 0;
  bool has_tls = false;
  std::string_view tls_version;  // "TLSv1.3"
  std::string_view tls_cipher;
  std::string_view tls_sni;       // from the ClientHello
  std::string_view tls_versions;  // offered in the ClientHello, parted by spaces
  std::string_view auth_user;     // empty: no attempt was made
  std::string_view auth_mechanism;
  std::optional<bool> auth_result;  // of the last attempt
  tallies in_connection;
  tallies in_transaction;  // cleared at MAIL, RSET and the end of the transaction
};

struct attachment_facts {
  std::string_view name;
  std::string_view type;  // "application/pdf"
  std::uint64_t size = 0;
};

// What only a parser of MIME knows; asked for where judge::wanted_at() says so.
struct parsed_facts {
  std::string_view subject;  // decoded
  std::string_view text;     // decoded, the first MiB
  std::string_view fingerprint;
  bool has_defects = false;
  std::span<const attachment_facts> attachments;
};

// The facts that are known at a point; views that live for the call.
struct event {
  model::stage point = model::stage::connect;
  std::string_view client_address = {};
  std::string_view helo = {};
  // At mail the reverse-path; at rcpt, deliver, mailbox_read and LMTP's end_of_data the
  // forward-path in question; in POP3 the name that USER, APOP or AUTH gave.
  std::string_view path = {};
  const model::envelope* envelope = nullptr;  // of the open transaction; null outside one
  std::uint64_t size = 0;                     // octets of the un-stuffed mail, so far or whole

  std::string_view user = {};                   // who is logged in; empty: nobody
  const model::authentication* auth = nullptr;  // who says to be; null before AUTH

  protocol talk = protocol::smtp;
  const session_facts* session = nullptr;
  std::string_view parameters = {};  // at mail and rcpt, as given: "SIZE=1 BODY=8BITMIME"
  const model::id* attempt =
      nullptr;                    // its id, the queue id of replies; null outside a transaction
  std::string_view message = {};  // the un-stuffed octets, once it is whole
  const parsed_facts* parsed = nullptr;  // what examine answered
  std::uint64_t octets = 0;              // at body stages: on the wire so far
  model::duration idle{0};               // at idle: how long nothing was said
  model::duration age{0};                // at deliver and mailbox_read: since the mail was received
};

}  // namespace mailrig::faults
