// Grows one mail_record: the envelope first, then the body octet by octet, then what became of it.
//
// Owned by one transaction of one session. Its memory is charged to the budget while it grows and
// given back when it ends; once the budget says no, it keeps what it has and counts the rest.
#pragma once

#include "capture/model/mail_memory.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/memory_budget.hpp"

#include <cstddef>
#include <string_view>

namespace mailrig::model {

class mail_builder {
 public:
  // `expected_size`: octets of body that are known to come or were announced by SIZE= (RFC 1870);
  // believed within reason.
  mail_builder(memory_budget& budget, const envelope& envelope, std::size_t expected_size);
  ~mail_builder();
  mail_builder(const mail_builder&) = delete;
  mail_builder& operator=(const mail_builder&) = delete;

  // Makes room for what is about to be appended, so that many small pieces grow the allocation
  // once.
  void expect(std::size_t octets);
  void append(std::string_view octets);
  // Keeps the first `octets` of the body and nothing from here on.
  void truncate(std::size_t octets);
  [[nodiscard]] std::size_t size() const { return used_ - body_begin_; }
  // What is kept of the body so far; until the next call.
  [[nodiscard]] std::string_view body() const { return {memory_.data() + body_begin_, size()}; }
  [[nodiscard]] bool ran_out_of_memory() const { return ran_out_; }

  // Ends the building; the builder is empty afterwards. `reply_text` is kept unless it is the
  // standard text of a message.
  [[nodiscard]] mail_ref finish(const attempt_facts& facts, std::string_view reply_text);

 private:
  [[nodiscard]] bool reserve(std::size_t more);
  void write(std::string_view octets);
  void write_number(std::uint32_t value);
  void write_string(std::string_view text);
  void write_envelope(const envelope& envelope);

  memory_budget* budget_;
  mail_memory memory_;
  std::size_t charged_ = 0;
  std::size_t used_ = 0;
  std::size_t body_begin_ = 0;
  bool ran_out_ = false;
  bool is_truncated_ = false;
};

// The same attempt with its envelope and without its octets: what stays of a message that is gone.
// Whoever keeps it bounds how many.
[[nodiscard]] mail_ref without_octets(const mail_record& message, std::uint64_t uid);

}  // namespace mailrig::model
