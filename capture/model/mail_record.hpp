// One mail transaction as it is kept: the attempt, its envelope and the bytes that arrived,
// immutable, in ONE allocation. The one thing that may still change is that its reply is lost.
//
// A message is a mail_record whose outcome is `accepted`; a refused or half-sent mail is the same
// thing with another outcome. Shared by reference (mail_ref) between the store, snapshots and
// readers on any thread; the bytes are never copied and never changed. Made by mail_builder only.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/envelope.hpp"
#include "capture/model/id.hpp"
#include "capture/model/lint.hpp"
#include "capture/model/reply.hpp"
#include "capture/model/stage.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace mailrig::model {

enum class outcome : std::uint8_t { accepted, rejected, aborted };
enum class origin : std::uint8_t { captured, ingested, generated };

// Who gave the envelope: the client in SMTP, the request that handed a mail in, or the mail's own
// header, for want of both.
enum class envelope_source : std::uint8_t { smtp, request, header };

[[nodiscard]] std::string_view to_string(outcome value);
[[nodiscard]] std::string_view to_string(envelope_source value);
[[nodiscard]] std::string_view to_string(origin value);

struct attempt_facts {
  id attempt;
  id session;
  instant started_at;  // MAIL
  instant ended_at;
  outcome result = outcome::aborted;
  origin source = origin::captured;
  envelope_source envelope_from = envelope_source::smtp;
  stage reached = stage::mail;   // the last stage that was entered
  std::uint16_t reply_code = 0;  // the reply that ends it; 0 if none is given
  enhanced_code reply_enhanced;
  std::uint64_t gone_uid = 0;         // of the message that it was and with which its octets went
  std::uint64_t octets_received = 0;  // of body, un-stuffed; more than is kept if a limit was met
  lint_set lints;  // of its commands and of the way it came; its octets are looked at when asked
};

class mail_record {
 public:
  mail_record(const mail_record&) = delete;
  mail_record& operator=(const mail_record&) = delete;

  [[nodiscard]] const attempt_facts& facts() const { return facts_; }
  [[nodiscard]] const model::id& id() const { return facts_.attempt; }
  [[nodiscard]] bool is_message() const { return facts_.result == outcome::accepted; }
  // The octets as received, un-stuffed, nothing added or removed; what arrived of them if the mail
  // was cut short.
  [[nodiscard]] std::string_view bytes() const { return {tail() + envelope_size_, bytes_size_}; }
  [[nodiscard]] std::string_view reverse_path() const;
  [[nodiscard]] model::envelope envelope() const;
  // Calls `visit(address)` for each recipient, without unpacking the rest.
  template <typename Visit>
  void for_each_address(Visit visit) const {
    packed_recipients rest = recipients();
    while (rest.count > 0) visit(next_address(rest));
  }
  // Calls `visit(address, code)` with the code of each RCPT's reply.
  template <typename Visit>
  void for_each_recipient(Visit visit) const {
    packed_recipients rest = recipients();
    while (rest.count > 0) {
      std::uint32_t code = 0;
      const std::string_view address = next_address(rest, &code);
      visit(address, static_cast<std::uint16_t>(code));
    }
  }
  // The reply that ended the attempt as its client got it; 0 if it got none.
  [[nodiscard]] std::uint16_t reply_code() const {
    return is_reply_lost_.load(std::memory_order_relaxed) ? std::uint16_t{0} : facts_.reply_code;
  }
  // The standard text of an accepted mail is not stored but made anew.
  [[nodiscard]] std::string reply_text() const;
  // The reply was late, and its client left without it.
  void lose_reply() const noexcept { is_reply_lost_.store(true, std::memory_order_relaxed); }
  // Octets that this record takes in memory, its allocation's rounding left out.
  [[nodiscard]] std::size_t footprint() const;

 private:
  friend class mail_builder;
  friend void intrusive_ptr_add_ref(const mail_record* record) noexcept;
  friend void intrusive_ptr_release(const mail_record* record) noexcept;

  mail_record(const attempt_facts& facts, std::size_t envelope_size, std::size_t bytes_size,
              std::size_t text_size, bool is_mapped)
      : is_mapped_(is_mapped),
        facts_(facts),
        bytes_size_(bytes_size),
        envelope_size_(static_cast<std::uint32_t>(envelope_size)),
        text_size_(static_cast<std::uint32_t>(text_size)) {}
  ~mail_record() = default;
  struct packed_recipients {
    const char* at;
    std::uint32_t count;
  };
  [[nodiscard]] packed_recipients recipients() const;
  [[nodiscard]] static std::string_view next_address(packed_recipients& rest,
                                                     std::uint32_t* code = nullptr);
  // Behind the object, in the same allocation: packed envelope, bytes, reply text.
  [[nodiscard]] const char* tail() const { return reinterpret_cast<const char*>(this + 1); }

  mutable std::atomic<std::uint32_t> references_{0};
  mutable std::atomic<bool> is_reply_lost_{false};
  bool is_mapped_;  // its memory, see mail_memory
  attempt_facts facts_;
  std::size_t bytes_size_;
  std::uint32_t envelope_size_;
  std::uint32_t text_size_;
};

using mail_ref = boost::intrusive_ptr<const mail_record>;

// "Ok: queued as 0abc…": the text behind 250 2.0.0 that names the message id.
[[nodiscard]] std::string queued_text(const id& message);

}  // namespace mailrig::model
