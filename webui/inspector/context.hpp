// What the handlers work with: the program's services, the settings, and the events of each rig.
// One per server, on the I/O thread.
#pragma once

#include "capture/rig/mail_reader.hpp"
#include "capture/rig/waiters.hpp"
#include "webui/inspector/metrics.hpp"
#include "webui/inspector/newest_pages.hpp"
#include "webui/inspector/server.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace mailrig::inspector {

class event_hub;

class context {
 public:
  context(const server_settings& settings, const services& what);
  ~context();
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  [[nodiscard]] rig::rig_table& rigs() { return services_.rigs; }
  [[nodiscard]] rig::worker_pool& pool() { return services_.pool; }
  [[nodiscard]] rig::mail_reader& mails() { return services_.reader; }
  [[nodiscard]] rig::listeners& listeners() { return services_.listeners; }
  [[nodiscard]] const services& all() const { return services_; }
  [[nodiscard]] const server_settings& settings() const { return settings_; }
  [[nodiscard]] event_hub& events() { return *hub_; }
  [[nodiscard]] rig::waiters& waits() { return *waits_; }
  // Whom to tell that the next wait ends earlier than the one before.
  void on_wait_due(std::function<void()> tell) { tell_wait_due_ = std::move(tell); }
  // The program ends: whoever waits is told.
  void end_waits() {
    if (waits_) waits_->stop();
  }
  // Stops observing rigs; no stream may be open any more and no wait going on.
  void forget_rigs();
  [[nodiscard]] newest_pages& pages() { return pages_; }
  [[nodiscard]] metrics& measures() { return measures_; }
  // What follows "Basic " in the Authorization of those who may ask; empty: all may.
  [[nodiscard]] const std::string& credentials() const { return credentials_; }
  // Open now; counted by the streams.
  [[nodiscard]] std::size_t event_streams() const { return event_streams_; }
  void count_event_stream(int change) { event_streams_ += static_cast<std::size_t>(change); }

 private:
  server_settings settings_;
  services services_;
  std::string credentials_;
  std::unique_ptr<event_hub> hub_;
  newest_pages pages_;
  metrics measures_;
  std::size_t event_streams_ = 0;
  std::function<void()> tell_wait_due_;
  std::unique_ptr<rig::waiters> waits_;
};

}  // namespace mailrig::inspector
