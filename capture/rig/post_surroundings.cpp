#include "capture/rig/post_surroundings.hpp"

#include "capture/rig/mail_examiner.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/rig_table.hpp"
#include "faults/text.hpp"

#include <charconv>
#include <utility>

namespace mailrig::rig {
namespace {

// "127.0.0.1:40123" or "[::1]:40123" (RFC 3986 3.2.2).
void read_peer(std::string_view peer, faults::session_facts& into) {
  const std::size_t colon = peer.rfind(':');
  if (colon == peer.npos) return;
  const std::string_view port = peer.substr(colon + 1);
  (void)std::from_chars(port.data(), port.data() + port.size(), into.client_port);
  peer = peer.substr(0, colon);
  if (peer.starts_with('[') && peer.ends_with(']')) peer = peer.substr(1, peer.size() - 2);
  into.client_address = peer;
}

}  // namespace

model::instant post_surroundings::rig_time() const {
  return home_.clock().now();
}

model::instant post_surroundings::real_time() const {
  return table_->clock().now();
}

model::instant post_surroundings::taken_at(const model::mail_record& mail) const {
  return mail.facts().ended_at;
}

model::id post_surroundings::draw_id() {
  return table_->ids().draw(real_time());
}

model::memory_budget& post_surroundings::budget() {
  return *table_;
}

// Rules that mailrig makes itself speak of magic recipients only: a mail without one pays for none.
bool post_surroundings::is_judged(const model::mail_record& mail) const {
  const auto asked = home_.rules().stages_not_generated(faults::protocol::delivery);
  if (asked.contains(model::stage::deliver)) return true;
  bool is_magic = false;
  mail.for_each_address([&](std::string_view address) {
    is_magic = is_magic || faults::equals_folded(faults::domain_of(address), home_.magic_domain());
  });
  return is_magic;
}

void post_surroundings::describe(const model::id& session, faults::session_facts& into) const {
  into.id = session;
  const rig::session_ref found = home_.find_session(session);
  if (!found) return;
  into.began_at = found->started_at;
  read_peer(found->peer, into);
  if (found->client && !found->client->address.empty())
    into.client_address = found->client->address;
  into.octets_in = found->octets_in;
  if (found->tls) {
    into.has_tls = true;
    into.tls_version = found->tls->version;
    into.tls_cipher = found->tls->cipher;
  }
  if (found->auth) {
    into.auth_user = found->auth->who.user;
    into.auth_mechanism = found->auth->who.mechanism;
    into.auth_result = true;
  }
}

// The rig may go while the pool reads; then nobody waits for the mail any more.
void post_surroundings::examine(const model::mail_ref& mail, faults::parsed_fact_set wanted,
                                examined done) {
  mail_examiner* const examiner = table_->examiner();
  if (examiner == nullptr) return done(delivery::parse(mail->bytes(), wanted));
  examiner->examine(mail, wanted,
                    [home = home_.weak_from_this(), done = std::move(done)](examination found) {
                      if (const auto kept = home.lock()) done(std::move(found));
                    });
}

bool post_surroundings::make_room(std::size_t octets) {
  return home_.make_room_for(octets);
}

void post_surroundings::announce(const model::id& message) {
  ++table_->count().messages_generated;
  home_.announce_generated(message);
}

void post_surroundings::fate_given(model::fate what) {
  ++table_->count().fates[static_cast<std::size_t>(what)];
}

void post_surroundings::fate_changed(const model::id& message) {
  home_.tell_of_fate(message);
}

void post_surroundings::due_changed() {
  home_.due().due_changed();
}

std::optional<model::instant> post_surroundings::next_due() const {
  return home_.post_office().next_due();
}

void post_surroundings::run_due(model::instant now) {
  home_.post_office().run_due(now);
}

}  // namespace mailrig::rig
