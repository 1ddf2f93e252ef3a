#include "capture/model/mail_builder.hpp"

#include <algorithm>
#include <cstring>

namespace mailrig::model {
namespace {

class unbounded final : public memory_budget {
 public:
  bool take(std::size_t) override { return true; }
  void give_back(std::size_t) override {}
};

// A SIZE= above this is believed once its octets come.
constexpr std::size_t believed_size = std::size_t{1024} * 1024;

// Doubling where growing may copy, by little where it does not: all of it is charged to the budget.
std::size_t grown(std::size_t capacity, std::size_t needed) {
  constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
  return std::max(capacity + std::min(capacity, mebibyte), needed);
}

std::size_t packed_size(const envelope& envelope) {
  std::size_t size = 12 + envelope.reverse_path.size() + envelope.parameters.size();
  for (const recipient& each : envelope.recipients) {
    size += 28 + each.address.size() + each.parameters.size() + each.text.size();
  }
  return size;
}

}  // namespace

// The envelope is always kept, whatever the budget says: an attempt without it would be no
// evidence. It is bounded by the limits on recipients and command lines.
mail_builder::mail_builder(memory_budget& budget, const envelope& envelope,
                           std::size_t expected_size)
    : budget_(&budget), used_(sizeof(mail_record)) {
  const std::size_t without_body = used_ + packed_size(envelope);
  const std::size_t wanted = without_body + std::min(expected_size, believed_size);
  if (budget_->take(wanted)) {
    charged_ = wanted;
  } else if (budget_->take(without_body)) {
    charged_ = without_body;  // what was announced may not come
  } else {
    ran_out_ = is_truncated_ = true;
  }
  memory_.grow(std::max(charged_, without_body), 0);
  write_envelope(envelope);
  body_begin_ = used_;
}

mail_builder::~mail_builder() {
  budget_->give_back(charged_);
}

bool mail_builder::reserve(std::size_t more) {
  if (used_ + more <= memory_.capacity()) return true;
  std::size_t wanted = grown(memory_.capacity(), used_ + more);
  if (!budget_->take(wanted - charged_)) {
    // Room to grow into is a convenience; what came is not.
    wanted = used_ + more;
    if (!budget_->take(wanted - charged_)) return false;
  }
  charged_ = wanted;
  memory_.grow(wanted, used_);
  return true;
}

void mail_builder::write(std::string_view octets) {
  std::memcpy(memory_.data() + used_, octets.data(), octets.size());
  used_ += octets.size();
}

void mail_builder::expect(std::size_t octets) {
  if (!is_truncated_) (void)reserve(octets);  // when that fails, append() will notice
}

void mail_builder::append(std::string_view octets) {
  if (is_truncated_ || octets.empty()) return;
  if (!reserve(octets.size())) {
    ran_out_ = true;
    is_truncated_ = true;
    return;
  }
  memory_.make_ready(used_ + octets.size());
  write(octets);
}

void mail_builder::truncate(std::size_t octets) {
  used_ = std::min(used_, body_begin_ + octets);
  is_truncated_ = true;
}

mail_ref mail_builder::finish(const attempt_facts& facts, std::string_view reply_text) {
  const std::size_t body_size = size();
  const std::size_t total = used_ + reply_text.size();
  if (total > memory_.capacity()) memory_.grow(total, used_);
  if (!reply_text.empty()) write(reply_text);
  const bool is_mapped = memory_.is_mapped();
  auto* record = new (memory_.let_go(total)) mail_record(facts, body_begin_ - sizeof(mail_record),
                                                         body_size, reply_text.size(), is_mapped);
  budget_->give_back(charged_);
  charged_ = used_ = body_begin_ = 0;
  return mail_ref(record);
}

mail_ref without_octets(const mail_record& message, std::uint64_t uid) {
  unbounded budget;
  attempt_facts facts = message.facts();
  facts.gone_uid = uid;
  facts.reply_code = message.reply_code();
  const std::string text = message.reply_text();
  const bool is_standard = text == queued_text(message.id());
  return mail_builder(budget, message.envelope(), 0).finish(facts, is_standard ? "" : text);
}

void mail_builder::write_number(std::uint32_t value) {
  write({reinterpret_cast<const char*>(&value), sizeof value});
}

void mail_builder::write_string(std::string_view text) {
  write_number(static_cast<std::uint32_t>(text.size()));
  write(text);
}

void mail_builder::write_envelope(const envelope& envelope) {
  write_string(envelope.reverse_path);
  write_string(envelope.parameters);
  write_number(static_cast<std::uint32_t>(envelope.recipients.size()));
  for (const recipient& each : envelope.recipients) {
    write_string(each.address);
    write_string(each.parameters);
    write_number(each.code);
    write_number(each.enhanced.status_class);
    write_number(each.enhanced.subject);
    write_number(each.enhanced.detail);
    write_string(each.text);
  }
}

}  // namespace mailrig::model
