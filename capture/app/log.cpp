#include "capture/app/log.hpp"

#include "capture/mime/message_view.hpp"
#include "capture/rig/rig.hpp"
#include "capture/wire/header_scan.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <utility>

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace mailrig::app {
namespace {

constexpr std::size_t flush_above = std::size_t{64} * 1024;
constexpr std::size_t longest_value = 300;
constexpr std::size_t usual_line = 256;

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

// For values of our own making, which need no look.
void append_plain(std::string& out, std::string_view key, std::string_view value) {
  out += ' ';
  out += key;
  out += '=';
  out += value;
}

void append_octet(std::string& out, char letter) {
  static constexpr char hex[] = "0123456789abcdef";
  const auto octet = static_cast<unsigned char>(letter);
  if (octet >= ' ' && octet != 0x7F) {
    out += '\\';
    out += letter;
    return;
  }
  out += "\\x";
  out += hex[octet >> 4U];
  out += hex[octet & 15U];
}

void append_escaped(std::string& out, std::string_view value) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char letter = value[i];
    if (plain_octets[static_cast<unsigned char>(letter)] || letter == ' ' || letter == '=')
      continue;
    out += value.substr(begin, i - begin);
    append_octet(out, letter);
    begin = i + 1;
  }
  out += value.substr(begin);
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

void append_pair(std::string& out, std::string_view key, std::string_view value) {
  out += ' ';
  out += key;
  out += '=';
  value = value.substr(0, longest_value);
  if (is_plain(value)) {
    out += value;
    return;
  }
  out += '"';
  append_escaped(out, value);
  out += '"';
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
  std::string line = "message";
  line.reserve(usual_line);
  append_plain(line, "id", {id.data(), id.size()});
  append_pair(line, "from", mail->reverse_path());
  append_pair(line, "to", recipients_of(*mail));
  append_pair(line, "subject", subject_of(*mail));
  append_plain(line, "size", std::to_string(mail->bytes().size()));
  append_plain(line, "rig", where.name());
  log_.info(line);
}

void log_observer::attempt_ended(const rig::rig& where, const model::mail_ref& attempt) {
  if (!log_.wants_info()) return;
  const model::attempt_facts& facts = attempt->facts();
  std::string line = "attempt";
  line.reserve(usual_line);
  const auto id = facts.attempt.text();
  append_plain(line, "id", {id.data(), id.size()});
  append_plain(line, "outcome", to_string(facts.result));
  append_plain(line, "stage", to_string(facts.reached));
  append_pair(line, "from", attempt->reverse_path());
  append_pair(line, "to", recipients_of(*attempt));
  append_plain(line, "octets", std::to_string(facts.body.octets_received));
  append_pair(line, "reply", std::to_string(facts.reply_code) + ' ' + attempt->reply_text());
  append_plain(line, "rig", where.name());
  log_.info(line);
}

void log_observer::session_ended(const rig::rig& where, const rig::session_record& session) {
  if (!log_.wants_info()) return;
  const auto id = session.id.text();
  std::string line = "session";
  line.reserve(usual_line);
  append_plain(line, "id", {id.data(), id.size()});
  append_plain(line, "protocol", session.protocol);
  append_plain(line, "peer", session.peer);
  append_pair(line, "helo", session.helo);
  append_plain(line, "mails", std::to_string(session.attempt_count));
  append_plain(line, "ended_by", rig::to_string(*session.ended_by));
  for (const rig::note& each : session.notes) append_plain(line, "note", each.name);
  append_plain(line, "rig", where.name());
  log_.info(line);
}

}  // namespace mailrig::app
