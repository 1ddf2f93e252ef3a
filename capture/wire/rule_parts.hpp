// What sessions of all protocols make of verdicts in the same way: the lines of the transcript, and
// what a rule wants of a TLS handshake.
#pragma once

#include "capture/model/recorder.hpp"
#include "capture/model/stage.hpp"
#include "capture/model/tls_facts.hpp"
#include "capture/wire/action.hpp"
#include "capture/wire/verdict_player.hpp"
#include "faults/event.hpp"
#include "faults/verdict.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::wire {

// A line of the transcript for each rule that acts.
void tell_of(const faults::verdict& decided, model::stage point, model::recorder& recorder);

// How the handshake that comes differs from the server's others.
struct handshake_of_rule {
  std::string certificate;  // its name; empty: the server's own
  tls_terms terms;
};
// What the verdict says of it; `known` is made when it is the first to.
void learn_handshake(const faults::verdict& decided, std::unique_ptr<handshake_of_rule>& known);

// The client goes on in TLS: a lint, if the rule's certificate proves nothing. `under_way` is done
// with.
void note_trust(std::unique_ptr<handshake_of_rule>& under_way, model::recorder& recorder);

// The handshake as a rule wants it (null: none does); `early` is the server's own way with octets
// that came before.
[[nodiscard]] start_tls ask_for_handshake(const handshake_of_rule* rule,
                                          start_tls::early_octets early, model::duration patience);
// Puts a failure on record, and says how the connection ends by it.
[[nodiscard]] model::close_mode end_of_failed_handshake(const model::tls_failure& failure,
                                                        model::recorder& recorder);

// What a client meets that has read the consent to STARTTLS or STLS and begins its handshake.
void end_instead_of_handshake(faults::tls::after what, verdict_player& player,
                              model::duration linger);

// What a session's facts say of TLS; keeps the words that they borrow.
class tls_words {
 public:
  void learn(const model::client_hello& hello, faults::session_facts& facts);
  void learn(const model::tls_facts& agreed, faults::session_facts& facts);

 private:
  struct words {
    std::string version, cipher, server_name, versions;
  };
  [[nodiscard]] words& known();

  std::unique_ptr<words> words_;  // null: none were said
};

// The octets behind a +OK as a rule makes them, cut anywhere.
class body_shaper {
 public:
  body_shaper() = default;
  explicit body_shaper(faults::malform::kind what) : what_(what) {}

  // `is_end`: `octets` ends with the final dot.
  void append(std::string& to, std::string_view octets, bool is_end);

 private:
  void append_line_by_line(std::string& to, std::string_view octets);

  std::optional<faults::malform::kind> what_;
  bool is_at_line_start_ = true;
  std::string held_;  // a CR that may be half of a line end, a dot that may be a stuffed one
};

}  // namespace mailrig::wire
