// One mail transaction of a session, from MAIL to its end: envelope, body, and what became of it.
//
// Knows no replies' wording and no states; the session decides, the transaction remembers.
#pragma once

#include "capture/model/mail_builder.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/wire/data_decoder.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailrig::smtp {

class transaction {
 public:
  transaction(model::id attempt, model::id session, model::instant started_at);

  [[nodiscard]] const model::id& id() const { return facts_.attempt; }
  [[nodiscard]] model::envelope& envelope() { return envelope_; }
  [[nodiscard]] const model::envelope& envelope() const { return envelope_; }
  [[nodiscard]] std::size_t accepted_recipients() const { return accepted_recipients_; }

  void reached(model::stage where) { facts_.reached = where; }
  void declare_size(std::uint64_t octets) { declared_size_ = octets; }
  void add_recipient(model::recipient recipient);
  // A refusal that did not end the transaction; it tells why, should nothing else end it.
  void remember_refusal(const model::reply& reply);

  // Refusals until here did not keep the client from going on.
  void begin_body() {
    facts_.reached = model::stage::data_body;
    last_refusal_ = {};
  }
  void note(model::lint_set lints) { facts_.lints.add(lints); }
  // Those of its way here, and those of its octets, which are looked at now.
  [[nodiscard]] model::lint_set content_lints() const;
  [[nodiscard]] model::lint_set body_lints() const { return decoder_.lints(); }
  [[nodiscard]] bool is_binary() const { return is_binary_; }
  void be_binary() { is_binary_ = true; }
  [[nodiscard]] bool is_smtputf8() const { return is_smtputf8_; }
  void be_smtputf8() { is_smtputf8_ = true; }

  // Makes room for a chunk of BDAT (RFC 3030 2) that was announced.
  void expect_chunk(std::uint64_t octets, model::memory_budget& memory);
  // Octets of a chunk, as they came.
  void take_chunk(std::string_view octets, std::size_t limit);
  void end_chunks() {
    facts_.reached = model::stage::end_of_data;
    has_last_chunk_ = true;
  }
  // Removes what belongs to the body from the front of `input`. Keeps nothing of a body that grows
  // over `limit`, but its first 64 KiB.
  void take_body(std::string_view& input, std::size_t limit, model::memory_budget& memory);
  [[nodiscard]] bool body_is_complete() const { return has_last_chunk_ || decoder_.is_complete(); }
  // Un-stuffed, as far as it came.
  [[nodiscard]] std::string_view body() const {
    return builder_ ? builder_->body() : std::string_view{};
  }
  [[nodiscard]] bool is_too_big() const { return is_too_big_; }
  [[nodiscard]] bool ran_out_of_memory() const { return builder_ && builder_->ran_out_of_memory(); }
  [[nodiscard]] std::uint64_t octets_received() const { return decoder_.octets() + chunk_octets_; }

  // Its recipients are others than when its first octet came: the record is begun anew with them.
  void readdress(model::memory_budget& memory);
  // The whole as one immutable record; the transaction is spent. `reply` ended it.
  [[nodiscard]] model::mail_ref accept(model::instant now, const model::reply& reply);
  [[nodiscard]] model::mail_ref reject(model::instant now, const model::reply& reply,
                                       model::memory_budget& memory);
  // Nobody ended it properly: rejected if a refusal stood in its way, else aborted.
  [[nodiscard]] model::mail_ref abandon(model::instant now, model::memory_budget& memory);

 private:
  void expect(std::size_t octets, model::memory_budget& memory);
  void keep(std::string_view run, std::size_t limit);
  [[nodiscard]] model::mail_ref finish(model::outcome result, model::instant now,
                                       const model::reply& reply);

  model::attempt_facts facts_;
  model::envelope envelope_;
  std::size_t accepted_recipients_ = 0;
  std::uint64_t declared_size_ = 0;
  std::uint64_t chunk_octets_ = 0;
  bool has_last_chunk_ = false;
  bool is_binary_ = false;
  bool is_smtputf8_ = false;
  bool is_too_big_ = false;
  model::reply last_refusal_;
  std::string last_refusal_text_;
  wire::data_decoder decoder_;
  std::optional<model::mail_builder> builder_;
};

}  // namespace mailrig::smtp
