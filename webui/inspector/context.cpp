#include "webui/inspector/context.hpp"

#include "capture/rig/mail_reader.hpp"
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/base64.hpp"
#include "webui/inspector/event_hub.hpp"

namespace mailrig::inspector {

context::context(const server_settings& settings, const services& what)
    : settings_(settings),
      services_(what),
      credentials_(settings.credentials.empty() ? std::string() : base64(settings.credentials)) {
  const auto now = services_.rigs.clock().now().time_since_epoch().count();
  hub_ = std::make_unique<event_hub>(services_.rigs, services_.reader, std::to_string(now));
  waits_ = std::make_unique<rig::waiters>(services_.rigs, services_.reader.searches(),
                                          settings_.steady_now, [this] {
                                            if (tell_wait_due_) tell_wait_due_();
                                          });
}

context::~context() = default;

void context::forget_rigs() {
  hub_.reset();
  waits_.reset();
}

}  // namespace mailrig::inspector
