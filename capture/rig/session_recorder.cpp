#include "capture/rig/session_recorder.hpp"

#include <utility>

namespace mailrig::rig {
namespace {

constexpr std::size_t most_notes = 100;
constexpr std::size_t most_named_attempts = 100;

}  // namespace

session_recorder::session_recorder(rig_table& table, rig& home, const char* protocol,
                                   std::string peer)
    : table_(table), router_(table, home), record_(std::make_shared<session_record>()) {
  tick();
  record_->started_at = now_;
  record_->id = table.ids().draw(record_->started_at);
  record_->protocol = protocol;
  record_->peer = std::move(peer);
  home.touch(now_);
  ++table.count().sessions;
  router_.follow(record_);
}

void session_recorder::write(transcript_kind kind, std::string_view octets) {
  const auto since_start = now_ - record_->started_at;
  table_.transcripts().append(record_->transcript, kind,
                              static_cast<std::uint32_t>(since_start.count()), octets);
}

void session_recorder::said(model::direction way, std::string_view octets) {
  write(way == model::direction::from_client ? transcript_kind::from_client
                                             : transcript_kind::to_client,
        octets);
  if (way == model::direction::to_client) table_.count().replied(octets);
}

void session_recorder::body_received(std::uint64_t octets) {
  char text[40] = "mail data, octets: ";
  const std::string number = std::to_string(octets);
  const std::size_t length = 19;
  number.copy(text + length, sizeof text - length);
  write(transcript_kind::note, {text, length + number.size()});
}

void session_recorder::body_sent(std::uint64_t octets) {
  write(transcript_kind::note, "mail sent, octets: " + std::to_string(octets));
}

void session_recorder::listing_sent(std::uint64_t lines) {
  write(transcript_kind::note, "listing sent, lines: " + std::to_string(lines));
}

void session_recorder::noted(std::string_view name, std::string_view detail) {
  keep({std::string(name), std::string(detail), {}, {}});
}

void session_recorder::linted(model::lint which) {
  if (record_->lints.has(which)) return;
  record_->lints.add(which);
  const model::lint_text& text = model::describe(which);
  keep({std::string(text.name), std::string(text.detail), std::string(text.clause),
        std::string(to_string(text.weight))});
}

void session_recorder::rule_acted(std::string_view rule, std::string_view what) {
  std::string text = "rule ";
  text.append(rule).append(" acts ").append(what);
  write(transcript_kind::note, text);
}

void session_recorder::client_given(const model::client_facts& client) {
  write(transcript_kind::note, client.via + " says that the client is " +
                                   (client.address.empty() ? "unknown" : client.address));
  record_->client = std::make_shared<const model::client_facts>(client);
}

void session_recorder::keep(note what) {
  write(transcript_kind::note,
        what.clause.empty() ? what.detail : what.detail + " (" + what.clause + ')');
  if (record_->notes.size() < most_notes) record_->notes.push_back(std::move(what));
}

void session_recorder::helo_given(std::string_view name) {
  record_->helo = name;
}

void session_recorder::authenticated(const model::authentication& who) {
  constexpr std::size_t most = 320;  // octets of a name: RFC 5321 4.5.3.1
  record_->auth = session_login{
      {who.mechanism, who.user.substr(0, most), who.authorization.substr(0, most)}, now_};
}

void session_recorder::remember_attempt(const model::id& attempt) {
  ++record_->attempt_count;
  if (record_->attempts.size() < most_named_attempts) record_->attempts.push_back(attempt);
}

void session_recorder::attempt_ended(model::mail_ref attempt) {
  remember_attempt(attempt->id());
  ++table_.count().attempts_failed;
  router_.transaction_ended(attempt->id());
  router_.transaction_rig().attempt_ended(attempt);
}

void session_recorder::deliver(model::mail_ref mail, std::function<void(bool)> done) {
  rig& where = router_.transaction_rig();
  if (!router_.is_of_this_epoch()) {
    came_late(where, mail);
    return done(true);
  }
  auto answer = [this, &where, mail, done = std::move(done)](const auto& put) {
    if (put) stored(where, *put, mail);
    done(put.has_value());
  };
  where.deliver(mail, std::move(answer));
}

void session_recorder::stored(rig& where, const store::put_result& put,
                              const model::mail_ref& mail) {
  // The rig was emptied while the store was busy.
  if (!router_.is_of_this_epoch()) {
    (void)where.messages().remove(put.uid);
    return came_late(where, mail);
  }
  remember_attempt(mail->id());
  router_.transaction_ended(mail->id());
  ++table_.count().messages;
  to_announce_.push_back({&where, mail->id()});
}

void session_recorder::came_late(rig& where, const model::mail_ref& mail) {
  remember_attempt(mail->id());
  router_.transaction_ended(mail->id());
  where.keep_late(mail);
}

void session_recorder::announce() {
  for (const stored_mail& each : to_announce_) each.where->announce(each.mail);
  to_announce_.clear();
}

void session_recorder::tls_established(const model::tls_facts& facts) {
  write(transcript_kind::note,
        "TLS: " + facts.version + ' ' + facts.cipher + (facts.is_resumed ? ", resumed" : ""));
  record_->tls = std::make_shared<const model::tls_facts>(facts);
  record_->auth.reset();  // RFC 3207 4.2: who the client was before STARTTLS is forgotten
}

void session_recorder::ended(model::ended_by how) {
  tick();
  record_->ended_at = now_;
  record_->ended_by = how;
  router_.session_ended();
}

}  // namespace mailrig::rig
