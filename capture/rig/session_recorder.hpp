// Keeps what one session reports: its record, its transcript, its attempts. One per connection,
// owned by the driver.
#pragma once

#include "capture/model/recorder.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_record.hpp"
#include "capture/rig/session_router.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::rig {

class session_recorder final : public model::recorder {
 public:
  // `protocol` is a constant ("smtp"); `peer` is "address:port".
  session_recorder(rig_table& table, rig& home, const char* protocol, std::string peer);

  [[nodiscard]] const model::id& session() const { return record_->id; }
  // The rig of the session, which a route may change.
  [[nodiscard]] rig& home() { return router_.home(); }
  // The rig that is concerned with what happens now.
  [[nodiscard]] rig& present() { return router_.present(); }
  // The rig whose rules acted last: what they make the session wait for goes by its clock.
  [[nodiscard]] rig& acting() const { return router_.acting(); }
  [[nodiscard]] rig_table& table() { return table_; }
  // Outlives this.
  void tell_of_rules(rules_listener& who) { router_.tell_of_rules(who); }
  // Asked by the session at each point; asks the judge of the rig that the session or its mail
  // belongs to.
  [[nodiscard]] faults::judge& judge() { return router_; }

  void said(model::direction way, std::string_view octets) override;
  void body_received(std::uint64_t octets) override;
  void body_sent(std::uint64_t octets) override;
  void listing_sent(std::uint64_t lines) override;
  void noted(std::string_view name, std::string_view detail) override;
  void linted(model::lint which) override;
  void rule_acted(std::string_view rule, std::string_view what) override;
  void client_given(const model::client_facts& client) override;
  void helo_given(std::string_view name) override;
  void authenticated(const model::authentication& who) override;
  void attempt_ended(model::mail_ref attempt) override;
  void tls_established(const model::tls_facts& facts) override;

  // Hands the mail of the open transaction to its rig; `done` hears whether there was room, once,
  // at once or later, while this recorder lives.
  void deliver(model::mail_ref mail, std::function<void(bool)> done);
  // Tells observers of what was delivered since; the driver calls it after the first write of the
  // reply.
  void announce();
  // Something that must outlive the session.
  void keep_alive(std::shared_ptr<const void> what) { kept_ = std::move(what); }
  // The driver goes on after a wait: what is said from here on is said now. The clock is read once
  // a step, not once a line.
  void tick() { now_ = table_.clock().now(); }
  void octets_read(std::size_t count) {
    record_->octets_in += count;
    table_.count().octets_in += count;
  }
  [[nodiscard]] std::uint64_t octets_in() const { return record_->octets_in; }
  void octets_written(std::size_t count) {
    record_->octets_out += count;
    table_.count().octets_out += count;
  }
  // Once, when the connection is closed.
  void ended(model::ended_by how);

 private:
  void write(transcript_kind kind, std::string_view octets);
  void keep(note what);
  void remember_attempt(const model::id& attempt);

  rig_table& table_;
  struct stored_mail {
    rig* where;  // held by the router
    model::id mail;
  };
  void stored(rig& where, const store::put_result& put, const model::mail_ref& mail);
  // Into the attempts only: the rig was emptied since the transaction began.
  void came_late(rig& where, const model::mail_ref& mail);

  session_router router_;
  std::shared_ptr<session_record> record_;
  std::shared_ptr<const void> kept_;
  std::vector<stored_mail> to_announce_;
  model::instant now_;
};

}  // namespace mailrig::rig
