#include "capture/app/log.hpp"

#include "capture/mime/message_view.hpp"
#include "capture/rig/rig.hpp"
#include "capture/wire/header_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <unistd.h>
#include <utility>

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace mailrig::app {
namespace {

constexpr std::size_t flush_above = std::size_t{64} * 1024;
constexpr std::size_t longest_value = 300;

constexpr std::array<bool, 256> plain_octets = [] {
  std::array<bool, 256> table{};
  for (std::size_t octet = '!'; octet < 256; ++octet)
    table[octet] = octet != '"' && octet != '=' && octet != '\\' && octet != 0x7F;
  return table;
}();

bool is_plain(std::string_view value) {
  for (const char letter : value) {
    if (!plain_octets[static_cast<unsigned char>(letter)]) return false;
  }
  return !value.empty();
}

std::string recipients_of(const model::mail_record& mail) {
  std::string all;
  mail.for_each_address([&all](std::string_view address) {
    if (all.size() > longest_value) return;
    if (!all.empty()) all += ',';
    all += address;
  });
  return all;
}

bool needs_decoding(std::string_view header) {
  return header.find("=?") != std::string_view::npos ||
         std::any_of(header.begin(), header.end(),
                     [](char letter) { return static_cast<unsigned char>(letter) >= 0x80; });
}

std::string subject_of(const model::mail_record& mail) {
  std::string raw = wire::find_header(mail.bytes(), "Subject");
  return needs_decoding(raw) ? mime::decode_header(raw) : raw;
}

}  // namespace

void log_line::append(std::string_view octets) {
  const std::size_t fitting = std::min(octets.size(), sizeof buffer_ - size_);
  std::memcpy(buffer_ + size_, octets.data(), fitting);
  size_ += fitting;
}

void log_line::append_key(std::string_view key) {
  if (key.size() + 2 > sizeof buffer_ - size_) return;
  char* to = buffer_ + size_;
  *to++ = ' ';
  for (const char letter : key) *to++ = letter;
  *to++ = '=';
  size_ = static_cast<std::size_t>(to - buffer_);
}

log_line& log_line::plain(std::string_view key, std::string_view value) {
  append_key(key);
  append(value);
  return *this;
}

log_line& log_line::plain(std::string_view key, std::uint64_t value) {
  char digits[20];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return plain(key, {digits, end});
}

log_line& log_line::text(std::string_view key, std::string_view value) {
  value = value.substr(0, longest_value);
  if (is_plain(value)) return plain(key, value);
  append_key(key);
  append("\"");
  append_escaped(value);
  append("\"");
  return *this;
}

void log_line::append_escaped(std::string_view value) {
  static constexpr char hex[] = "0123456789abcdef";
  std::size_t begin = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto octet = static_cast<unsigned char>(value[i]);
    if (plain_octets[octet] || octet == ' ' || octet == '=') continue;
    append(value.substr(begin, i - begin));
    const char escape[] = {'\\', 'x', hex[octet >> 4U], hex[octet & 15U]};
    append({escape, sizeof escape});
    begin = i + 1;
  }
  append(value.substr(begin));
}

// "2026-11-22T06:15:00.123Z info " in front of the line. The library's pattern costs ten times as
// much.
class line_formatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(message.time);
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != second_) {
      second_ = second;
      second_text_ = model::to_rfc3339(second).substr(0, 20);
    }
    const auto milliseconds = static_cast<unsigned>((now - second).count());
    const char rest[] = {static_cast<char>('0' + milliseconds / 100),
                         static_cast<char>('0' + milliseconds / 10 % 10),
                         static_cast<char>('0' + milliseconds % 10), 'Z', ' '};
    const auto level = spdlog::level::to_string_view(message.level);
    line.append(second_text_.data(), second_text_.data() + second_text_.size());
    line.append(rest, rest + sizeof rest);
    line.append(level.begin(), level.end());
    line.push_back(' ');
    line.append(message.payload.begin(), message.payload.end());
    line.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<line_formatter>();
  }

 private:
  std::chrono::sys_seconds second_{};
  std::string second_text_;
};

// Collects lines and writes them together.
class log::sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit sink(std::function<void(std::function<void()>)> schedule)
      : schedule_(std::move(schedule)) {}

  void write_out() {
    std::string_view rest = waiting_;
    while (!rest.empty()) {
      const ssize_t size = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (size <= 0) break;  // nobody reads the log: it is not worth a stop
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
    waiting_.clear();
    is_scheduled_ = false;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    waiting_.append(line.data(), line.size());
    if (waiting_.size() > flush_above) return write_out();
    if (std::exchange(is_scheduled_, true)) return;
    schedule_([this] { write_out(); });
  }
  void flush_() override { write_out(); }

 private:
  std::function<void(std::function<void()>)> schedule_;
  std::string waiting_;
  bool is_scheduled_ = false;
};

log::log(const std::string& level, std::function<void(std::function<void()>)> schedule)
    : sink_(std::make_shared<sink>(std::move(schedule))),
      logger_(std::make_shared<spdlog::logger>("mailrig", sink_)) {
  logger_->set_formatter(std::make_unique<line_formatter>());
  logger_->set_level(spdlog::level::from_str(level));
}

log::~log() {
  flush();
}

void log::info(std::string_view line) {
  logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}
void log::warn(std::string_view line) {
  logger_->log(spdlog::level::warn, spdlog::string_view_t(line.data(), line.size()));
}
void log::error(std::string_view line) {
  logger_->log(spdlog::level::err, spdlog::string_view_t(line.data(), line.size()));
  flush();
}
bool log::wants_info() const {
  return logger_->should_log(spdlog::level::info);
}
void log::flush() {
  sink_->write_out();
}

void log_observer::message_announced(const rig::rig& where, store::message_uid,
                                     const model::mail_ref& mail) {
  if (!log_.wants_info()) return;
  const auto id = mail->id().text();
  log_line line("message");
  line.plain("id", {id.data(), id.size()})
      .text("from", mail->reverse_path())
      .text("to", recipients_of(*mail));
  line.text("subject", subject_of(*mail))
      .plain("size", mail->bytes().size())
      .plain("rig", where.name());
  log_.info(line.view());
}

void log_observer::attempt_ended(const rig::rig& where, const model::mail_ref& attempt) {
  if (!log_.wants_info()) return;
  const model::attempt_facts& facts = attempt->facts();
  const auto id = facts.attempt.text();
  log_line line("attempt");
  line.plain("id", {id.data(), id.size()})
      .plain("outcome", to_string(facts.result))
      .plain("stage", to_string(facts.reached));
  line.text("from", attempt->reverse_path()).text("to", recipients_of(*attempt));
  line.plain("octets", facts.octets_received);
  if (facts.reply_code != 0)
    line.plain("code", facts.reply_code).text("reply", attempt->reply_text());
  log_.info(line.plain("rig", where.name()).view());
}

namespace {

bool is_about_tls(const rig::note& note) {
  return note.name.starts_with("tls_") || note.name == "plain_text_on_tls_port";
}

}  // namespace

void log_observer::session_ended(const rig::rig& where, const rig::session_record& session) {
  for (const rig::note& each : session.notes) {
    if (!is_about_tls(each)) continue;
    log_line line("tls");
    line.plain("peer", session.peer).plain("note", each.name).text("detail", each.detail);
    log_.warn(line.view());
  }
  if (!log_.wants_info()) return;
  const auto id = session.id.text();
  log_line line("session");
  line.plain("id", {id.data(), id.size()})
      .plain("protocol", session.protocol)
      .plain("peer", session.peer);
  line.text("helo", session.helo).plain("mails", session.attempt_count);
  line.plain("ended_by", rig::to_string(*session.ended_by));
  for (const rig::note& each : session.notes) line.plain("note", each.name);
  log_.info(line.plain("rig", where.name()).view());
}

}  // namespace mailrig::app
