#include "capture/app/log.hpp"

#include "capture/mime/message_view.hpp"
#include "capture/rig/rig.hpp"
#include "capture/wire/header_scan.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace mailrig::app {
namespace {

constexpr std::size_t flush_above = std::size_t{64} * 1024;
constexpr std::size_t longest_value = 300;

bool is_plain(std::string_view value) {
  return !value.empty() && std::none_of(value.begin(), value.end(), [](char letter) {
    const auto octet = static_cast<unsigned char>(letter);
    return octet <= ' ' || octet == '"' || octet == '=' || octet == '\\' || octet == 0x7F;
  });
}

void append_escaped(std::string& out, std::string_view value) {
  static constexpr char hex[] = "0123456789abcdef";
  for (const char letter : value) {
    const auto octet = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (octet < ' ' || octet == 0x7F) {
      out += "\\x";
      out += hex[octet >> 4U];
      out += hex[octet & 15U];
    } else {
      out += letter;
    }
  }
}

std::string recipients_of(const model::envelope& envelope) {
  std::string all;
  for (const model::recipient& each : envelope.recipients) {
    if (all.size() > longest_value) return all + ",…";
    if (!all.empty()) all += ',';
    all += each.address;
  }
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
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger_->set_level(spdlog::level::from_str(level));
}

log::~log() {
  flush();
}

void log::info(std::string_view event, std::string_view pairs) {
  logger_->info("{}{}", event, pairs);
}
void log::error(std::string_view event, std::string_view pairs) {
  logger_->error("{}{}", event, pairs);
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
  std::string pairs;
  append_pair(pairs, "id", {id.data(), id.size()});
  append_pair(pairs, "from", mail->reverse_path());
  append_pair(pairs, "to", recipients_of(mail->envelope()));
  append_pair(pairs, "subject", subject_of(*mail));
  append_pair(pairs, "size", std::to_string(mail->bytes().size()));
  append_pair(pairs, "rig", where.name());
  log_.info("message", pairs);
}

void log_observer::attempt_ended(const rig::rig& where, const model::mail_ref& attempt) {
  if (!log_.wants_info()) return;
  const model::attempt_facts& facts = attempt->facts();
  std::string pairs;
  append_pair(pairs, "id", model::to_string(facts.attempt));
  append_pair(pairs, "outcome", to_string(facts.result));
  append_pair(pairs, "stage", to_string(facts.reached));
  append_pair(pairs, "from", attempt->reverse_path());
  append_pair(pairs, "to", recipients_of(attempt->envelope()));
  append_pair(pairs, "octets", std::to_string(facts.body.octets_received));
  append_pair(pairs, "reply", std::to_string(facts.reply_code) + ' ' + attempt->reply_text());
  append_pair(pairs, "rig", where.name());
  log_.info("attempt", pairs);
}

void log_observer::session_ended(const rig::rig& where, const rig::session_record& session) {
  if (!log_.wants_info()) return;
  const auto id = session.id.text();
  std::string pairs;
  append_pair(pairs, "id", {id.data(), id.size()});
  append_pair(pairs, "protocol", session.protocol);
  append_pair(pairs, "peer", session.peer);
  append_pair(pairs, "helo", session.helo);
  append_pair(pairs, "mails", std::to_string(session.attempt_count));
  append_pair(pairs, "ended_by", rig::to_string(*session.ended_by));
  for (const rig::note& each : session.notes) append_pair(pairs, "note", each.name);
  append_pair(pairs, "rig", where.name());
  log_.info("session", pairs);
}

}  // namespace mailrig::app
