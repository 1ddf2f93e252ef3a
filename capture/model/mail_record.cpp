#include "capture/model/mail_record.hpp"

#include "capture/model/mail_memory.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

namespace mailrig::model {
namespace {

// Reads what mail_builder packed: 32-bit lengths and octets, in this machine's byte order, never
// leaving the process.
class unpacker {
 public:
  explicit unpacker(const char* at) : at_(at) {}

  std::uint32_t number() {
    std::uint32_t value = 0;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  [[nodiscard]] const char* position() const { return at_; }
  std::string_view string() {
    const std::uint32_t size = number();
    const std::string_view text{at_, size};
    at_ += size;
    return text;
  }

 private:
  const char* at_;
};

recipient unpack_recipient(unpacker& in) {
  recipient result;
  result.address = in.string();
  result.parameters = in.string();
  result.code = static_cast<std::uint16_t>(in.number());
  result.enhanced.status_class = static_cast<std::uint8_t>(in.number());
  result.enhanced.subject = static_cast<std::uint16_t>(in.number());
  result.enhanced.detail = static_cast<std::uint16_t>(in.number());
  result.text = in.string();
  return result;
}

}  // namespace

std::string_view to_string(outcome value) {
  static constexpr std::array<std::string_view, 3> names = {"accepted", "rejected", "aborted"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view to_string(origin value) {
  static constexpr std::array<std::string_view, 3> names = {"captured", "ingested", "generated"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view to_string(envelope_source value) {
  static constexpr std::array<std::string_view, 3> names = {"smtp", "request", "header"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view mail_record::reverse_path() const {
  return unpacker(tail()).string();
}

envelope mail_record::envelope() const {
  unpacker in(tail());
  model::envelope result;
  result.reverse_path = in.string();
  result.parameters = in.string();
  const std::uint32_t count = in.number();
  result.recipients.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) result.recipients.push_back(unpack_recipient(in));
  return result;
}

mail_record::packed_recipients mail_record::recipients() const {
  unpacker in(tail());
  (void)in.string();
  (void)in.string();
  const std::uint32_t count = in.number();
  return {in.position(), count};
}

std::string_view mail_record::next_address(packed_recipients& rest, std::uint32_t* code) {
  unpacker in(rest.at);
  const std::string_view address = in.string();
  (void)in.string();
  const std::uint32_t replied = in.number();
  if (code != nullptr) *code = replied;
  for (int i = 0; i < 3; ++i) (void)in.number();
  (void)in.string();
  rest = {in.position(), rest.count - 1};
  return address;
}

std::string mail_record::reply_text() const {
  if (text_size_ == 0 && is_message() && reply_code() != 0) return queued_text(id());
  return {tail() + envelope_size_ + bytes_size_, text_size_};
}

std::size_t mail_record::footprint() const {
  return sizeof(mail_record) + envelope_size_ + bytes_size_ + text_size_;
}

void intrusive_ptr_add_ref(const mail_record* record) noexcept {
  record->references_.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const mail_record* record) noexcept {
  if (record->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::size_t size = record->footprint();
  const bool is_mapped = record->is_mapped_;
  record->~mail_record();
  mail_memory::release(reinterpret_cast<char*>(const_cast<mail_record*>(record)), size, is_mapped);
}

std::string queued_text(const id& message) {
  const auto text = message.text();
  std::string result = "Ok: queued as ";
  result.append(text.data(), text.size());
  return result;
}

}  // namespace mailrig::model
