// What the handlers work with: the program's services, the settings, and the events of each rig.
// One per server, on the I/O thread.
#pragma once

#include "capture/rig/waiters.hpp"
#include "webui/inspector/event_hub.hpp"
#include "webui/inspector/server.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace mailrig::inspector {

class context {
 public:
  context(const server_settings& settings, const services& what);

  [[nodiscard]] rig::rig_table& rigs() { return services_.rigs; }
  [[nodiscard]] rig::worker_pool& pool() { return services_.pool; }
  [[nodiscard]] rig::mail_reader& mails() { return services_.reader; }
  [[nodiscard]] rig::listeners& listeners() { return services_.listeners; }
  [[nodiscard]] const services& all() const { return services_; }
  [[nodiscard]] const server_settings& settings() const { return settings_; }
  // Made when first asked for, except that of the default rig, which listens from the start.
  [[nodiscard]] event_hub& events_of(rig::rig& rig);
  [[nodiscard]] rig::waiters& waits() { return *waits_; }
  // Whom to tell that the next wait ends earlier than the one before.
  void on_wait_due(std::function<void()> tell) { tell_wait_due_ = std::move(tell); }
  // The program ends: whoever waits is told.
  void end_waits() {
    if (waits_) waits_->stop();
  }
  // Stops observing rigs; no stream may be open any more and no wait going on.
  void forget_rigs() {
    hubs_.clear();
    waits_.reset();
  }

 private:
  server_settings settings_;
  services services_;
  std::string event_tag_;
  std::unordered_map<const rig::rig*, std::unique_ptr<event_hub>> hubs_;
  std::function<void()> tell_wait_due_;
  std::unique_ptr<rig::waiters> waits_;
};

}  // namespace mailrig::inspector
