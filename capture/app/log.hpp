// Log lines on standard error: time, level, event, then key=value pairs. Written in batches, so
// that a burst of mail costs no system call a line; nothing waits longer than a tenth of a second.
#pragma once

#include "capture/rig/observer.hpp"

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
  void error(std::string_view line);
  [[nodiscard]] bool wants_info() const;
  void flush();

 private:
  class sink;
  std::shared_ptr<sink> sink_;
  std::shared_ptr<spdlog::logger> logger_;
};

// ` key=value`, the value quoted and escaped when it is not a plain word: peers' texts cannot forge
// a line.
void append_pair(std::string& out, std::string_view key, std::string_view value);

// One line per message, per attempt that did not become one, and per session.
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
