// What the handlers work with: the program's services, the settings, and the events of each rig.
// One per server, on the I/O thread.
#pragma once

#include "webui/inspector/event_hub.hpp"
#include "webui/inspector/server.hpp"

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
  // Stops observing rigs; no stream may be open any more.
  void forget_events() { hubs_.clear(); }

 private:
  server_settings settings_;
  services services_;
  std::string event_tag_;
  std::unordered_map<const rig::rig*, std::unique_ptr<event_hub>> hubs_;
};

}  // namespace mailrig::inspector
