// Log lines on standard error: time, level, event, then key=value pairs. Written in batches, so
// that a burst of mail costs no system call a line; nothing waits longer than a tenth of a second.
#pragma once

#include "capture/rig/observer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace mailrig::app {

class log {
 public:
  // `schedule` calls its argument a tenth of a second later, on the I/O thread.
  log(const std::string& level, std::function<void(std::function<void()>)> schedule);
  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  // An event's name and its key=value pairs.
  void info(std::string_view line);
  void warn(std::string_view line);
  void error(std::string_view line);
  [[nodiscard]] bool wants_info() const;
  void flush();

 private:
  class sink;
  std::shared_ptr<sink> sink_;
  std::shared_ptr<spdlog::logger> logger_;
};

// One line being put together, of at most 2 KiB; what does not fit is left out.
class log_line {
 public:
  explicit log_line(std::string_view event) { append(event); }

  // ` key=value` for values of our own making, which need no look.
  log_line& plain(std::string_view key, std::string_view value);
  log_line& plain(std::string_view key, std::uint64_t value);
  // For texts of peers: quoted and escaped when it is not a plain word, cut after 300 octets, so
  // that nobody forges a line.
  log_line& text(std::string_view key, std::string_view value);
  [[nodiscard]] std::string_view view() const { return {buffer_, size_}; }

 private:
  void append(std::string_view octets);
  void append_key(std::string_view key);
  void append_escaped(std::string_view value);

  char buffer_[2048];
  std::size_t size_ = 0;
};

// One line per message, per attempt that did not become one, and per session; one more for what
// came of a TLS handshake that failed, since its client will not say what can be done about it.
class log_observer final : public rig::observer {
 public:
  explicit log_observer(log& to) : log_(to) {}

  void message_announced(const rig::rig& where, store::message_uid uid,
                         const model::mail_ref& mail) override;
  void attempt_ended(const rig::rig& where, const model::mail_ref& attempt) override;
  void session_ended(const rig::rig& where, const rig::session_record& session) override;

 private:
  log& log_;
};

}  // namespace mailrig::app
