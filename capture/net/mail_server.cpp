#include "capture/net/mail_server.hpp"

#include "capture/net/client_sessions.hpp"
#include "capture/net/mail_listeners.hpp"
#include "capture/net/rig_port_opener.hpp"

#include <utility>

namespace mailrig::net {

// Who accepts goes before who serves.
struct mail_server::parts {
  parts(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
      : sessions(loop, rigs, std::move(limits)), listening(loop, sessions), granting(listening) {}

  client_sessions sessions;
  mail_listeners listening;
  rig_port_opener granting;
};

mail_server::mail_server(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
    : rigs_(rigs), parts_(std::make_unique<parts>(loop, rigs, std::move(limits))) {
  rigs_.reach_sessions(this);
}

mail_server::~mail_server() {
  rigs_.reach_sessions(nullptr);
}

void mail_server::set_tls(const tls_contexts* contexts) {
  parts_->sessions.set_tls(contexts);
}

// Listeners

std::variant<std::uint16_t, std::error_code> mail_server::listen(const char* protocol,
                                                                 const std::string& address,
                                                                 std::uint16_t port,
                                                                 session_maker make_session) {
  return parts_->listening.listen(rigs_.default_rig(), protocol, address, port,
                                  std::move(make_session));
}

void mail_server::unlisten_last() {
  parts_->listening.unlisten_from(parts_->listening.count() - 1);
}

std::vector<rig::listener_info> mail_server::list() const {
  std::vector<rig::listener_info> all = parts_->listening.list(public_host_);
  all.insert(all.end(), foreign_.begin(), foreign_.end());
  return all;
}

void mail_server::add_foreign(rig::listener_info info) {
  foreign_.push_back(std::move(info));
}

void mail_server::listen_as(const rig::rig& home, faults::protocol talk, rig::listening how) {
  parts_->listening.listen_as(home, talk, how);
}

// Ports of rigs

void mail_server::offer(const char* protocol, session_maker make_session) {
  parts_->granting.offer(protocol, std::move(make_session));
}

void mail_server::set_rig_ports(rig_ports ports) {
  parts_->granting.set_ports(std::move(ports));
}

std::optional<rig::port_refusal> mail_server::open(rig::rig& home,
                                                   const std::vector<rig::port_wish>& wishes) {
  return parts_->granting.open(home, wishes);
}

void mail_server::close(const rig::rig& home) {
  parts_->listening.close_those_of(home);
}

// Sessions

void mail_server::shut_down(std::function<void()> done) {
  parts_->listening.close_all();
  parts_->sessions.shut_down(std::move(done));
}

void mail_server::abort() {
  parts_->sessions.abort();
}

void mail_server::end_sessions(const rig::rig& home) {
  parts_->sessions.end_those_of(home);
}

void mail_server::release(const rig::rig& home, std::span<const std::uint64_t> rules) {
  parts_->sessions.release(home, rules);
}

void mail_server::go_on() {
  parts_->sessions.go_on();
}

}  // namespace mailrig::net
