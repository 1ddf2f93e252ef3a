#include "webui/inspector/context.hpp"

#include "capture/rig/mail_reader.hpp"
#include "capture/rig/rig_table.hpp"

namespace mailrig::inspector {

context::context(const server_settings& settings, const services& what)
    : settings_(settings), services_(what) {
  const auto now = services_.rigs.clock().now().time_since_epoch().count();
  event_tag_ = std::to_string(now);
  static_cast<void>(events_of(services_.rigs.default_rig()));
  waits_ = std::make_unique<rig::waiters>(services_.rigs, services_.reader.searches(),
                                          settings_.steady_now, [this] {
                                            if (tell_wait_due_) tell_wait_due_();
                                          });
}

event_hub& context::events_of(rig::rig& rig) {
  std::unique_ptr<event_hub>& hub = hubs_[&rig];
  if (!hub) hub = std::make_unique<event_hub>(rig, services_.reader, event_tag_);
  return *hub;
}

}  // namespace mailrig::inspector
