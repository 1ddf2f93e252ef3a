#include "capture/wire/rule_parts.hpp"

#include "faults/compose.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::wire {
namespace {

using kind = faults::malform::kind;

// RFC 8446 6.2.
std::uint8_t alert_number(faults::tls::alert_kind alert) {
  switch (alert) {
    case faults::tls::alert_kind::handshake_failure: return 40;
    case faults::tls::alert_kind::protocol_version: return 70;
    case faults::tls::alert_kind::internal_error: return 80;
    case faults::tls::alert_kind::unrecognized_name: break;
  }
  return 112;
}

// As on the wire: 0x0301 is TLS 1.0 (RFC 8446 4.2.1).
std::uint16_t version_number(faults::tls_version version) {
  return static_cast<std::uint16_t>(0x0301 + static_cast<unsigned>(version));
}

}  // namespace

void tell_of(const faults::verdict& decided, model::stage point, model::recorder& recorder) {
  std::string text = "at " + std::string(to_string(point));
  const char* between = ": ";
  for (const faults::step& each : decided.steps) {
    text.append(between).append(faults::text_of(each));
    between = ", ";
  }
  for (const faults::firing& each : decided.fired) recorder.rule_acted(each.rule, text);
}

void learn_handshake(const faults::verdict& decided, std::unique_ptr<handshake_of_rule>& known) {
  const auto* const named = decided.find<faults::certificate>();
  const auto* const how = decided.find<faults::tls>();
  if (named == nullptr && how == nullptr) return;
  if (!known) known = std::make_unique<handshake_of_rule>();
  if (named != nullptr) known->certificate = to_string(named->name);
  if (how == nullptr) return;
  tls_terms& terms = known->terms;
  if (how->alert) terms.alert = alert_number(*how->alert);
  if (how->min_version) terms.min_version = version_number(*how->min_version);
  if (how->max_version) terms.max_version = version_number(*how->max_version);
  terms.ciphers = how->ciphers;
}

void note_trust(std::unique_ptr<handshake_of_rule>& under_way, model::recorder& recorder) {
  const auto is_sound = [](std::string_view name) {
    using enum faults::certificate_name;
    return name.empty() || name == to_string(good) || name == to_string(wildcard) ||
           name == to_string(many_sans);
  };
  if (under_way && !is_sound(under_way->certificate))
    recorder.noted("accepts-bad-certificate",
                   "The client goes on over TLS with the certificate \"" + under_way->certificate +
                       "\" of a rule: it does not verify whom it talks to");
  under_way.reset();
}

start_tls ask_for_handshake(const handshake_of_rule* rule, start_tls::early_octets early,
                            model::duration patience) {
  start_tls wanted{.certificate = {}, .patience = patience, .early = early, .terms = nullptr};
  if (rule == nullptr) return wanted;
  wanted.certificate = rule->certificate;
  wanted.terms = &rule->terms;
  return wanted;
}

model::close_mode end_of_failed_handshake(const model::tls_failure& failure,
                                          model::recorder& recorder) {
  const model::tls_note note = model::describe(failure);
  recorder.noted(note.name, note.detail);
  return failure.how == model::tls_end::reset ? model::close_mode::abrupt
                                              : model::close_mode::fin_drain;
}

void end_instead_of_handshake(faults::tls::after what, verdict_player& player,
                              model::duration linger) {
  constexpr std::chrono::seconds longest_silence{60};
  constexpr std::string_view noise = "!TLS is not spoken here, whatever the reply said\r\n";
  const ending end{{model::close_mode::fin_drain, linger}};
  switch (what) {
    case faults::tls::after::garbage: return player.end_with(std::string(noise), end);
    case faults::tls::after::fin: return player.end_with({}, end);
    case faults::tls::after::reset:
      return player.end_with({}, {{model::close_mode::reset, linger}});
    case faults::tls::after::stall: return player.end_with({}, end, longest_silence);
  }
}

tls_words::words& tls_words::known() {
  if (!words_) words_ = std::make_unique<words>();
  return *words_;
}

void tls_words::learn(const model::client_hello& hello, faults::session_facts& facts) {
  words& said = known();
  said.server_name = hello.server_name;
  said.versions.clear();
  for (const std::uint16_t each : hello.versions) {
    if (!said.versions.empty()) said.versions += ' ';
    said.versions += model::tls_version_name(each);
  }
  facts.tls_sni = said.server_name;
  facts.tls_versions = said.versions;
}

void tls_words::learn(const model::tls_facts& agreed, faults::session_facts& facts) {
  words& said = known();
  said.version = agreed.version;
  said.cipher = agreed.cipher;
  facts.has_tls = true;
  facts.tls_version = said.version;
  facts.tls_cipher = said.cipher;
}

void body_shaper::append(std::string& to, std::string_view octets, bool is_end) {
  if (!what_) {
    to += octets;
    return;
  }
  if (*what_ == kind::nul_bytes) {
    to += octets;
    std::replace(to.end() - static_cast<std::ptrdiff_t>(octets.size()), to.end(), ' ', '\0');
    return;
  }
  const bool lacks_dot = is_end && *what_ == kind::unterminated_multiline;
  if (lacks_dot) octets.remove_suffix(std::min<std::size_t>(octets.size(), 3));
  if (is_end && *what_ == kind::no_eol)
    octets.remove_suffix(std::min<std::size_t>(octets.size(), 2));
  append_line_by_line(to, octets);
  if (is_end) to += std::exchange(held_, {});
}

void body_shaper::append_line_by_line(std::string& to, std::string_view octets) {
  const bool changes_ends = *what_ == kind::lf_only || *what_ == kind::cr_only;
  for (const char each : octets) {
    if (!held_.empty()) {
      const char before = held_.front();
      held_.clear();
      // Two dots at the begin of a line: the stuffed one is left out (RFC 1939 3).
      const bool is_stuffed = before == '.' && each == '.';
      const bool is_line_end = before == '\r' && each == '\n';
      if (is_line_end) {
        to += *what_ == kind::lf_only ? '\n' : '\r';
        is_at_line_start_ = true;
        continue;
      }
      if (!is_stuffed) to += before;
    }
    const bool may_be_stuffed = *what_ == kind::unstuffed_dot && is_at_line_start_ && each == '.';
    if ((changes_ends && each == '\r') || may_be_stuffed) {
      held_ = each;
    } else {
      to += each;
    }
    is_at_line_start_ = each == '\n';
  }
}

}  // namespace mailrig::wire
