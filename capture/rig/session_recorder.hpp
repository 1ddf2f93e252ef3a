// Keeps what one session reports: its record, its transcript, its attempts. One per connection,
// owned by the driver.
#pragma once

#include "capture/model/recorder.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_record.hpp"

#include <memory>
#include <string>

namespace mailrig::rig {

class session_recorder final : public model::recorder {
 public:
  // `protocol` is a constant ("smtp"); `peer` is "address:port".
  session_recorder(rig_table& table, rig& home, const char* protocol, std::string peer);

  [[nodiscard]] const model::id& session() const { return record_->id; }
  [[nodiscard]] rig& home() { return home_; }

  void said(model::direction way, std::string_view octets) override;
  void body_received(std::uint64_t octets) override;
  void noted(std::string_view name, std::string_view detail) override;
  void helo_given(std::string_view name) override;
  void attempt_ended(model::mail_ref attempt) override;
  void tls_established(const model::tls_facts& facts) override;

  void message_stored(const model::id& message) { remember_attempt(message); }
  // The driver goes on after a wait: what is said from here on is said now. The clock is read once
  // a step, not once a line.
  void tick() { now_ = table_.clock().now(); }
  void octets_read(std::size_t count) { record_->octets_in += count; }
  void octets_written(std::size_t count) { record_->octets_out += count; }
  // Once, when the connection is closed.
  void ended(model::ended_by how);

 private:
  void write(transcript_kind kind, std::string_view octets);
  void remember_attempt(const model::id& attempt);

  rig_table& table_;
  rig& home_;
  std::shared_ptr<session_record> record_;
  model::instant now_;
};

}  // namespace mailrig::rig
