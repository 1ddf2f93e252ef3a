#include "capture/net/poller.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

namespace mailrig::net {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t always = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr int largest_batch = 128;

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return set;
}

}  // namespace

// One socket

watched_socket::watched_socket(poller& owner, int descriptor)
    : owner_(&owner), descriptor_(descriptor) {
  watch(EPOLL_CTL_ADD, always);
  owner_->count(+1);
}

void watched_socket::leave() {
  if (owner_ == nullptr) return;
  unlink();
  std::exchange(owner_, nullptr)->count(-1);
}

void watched_socket::watch(int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  if (::epoll_ctl(owner_->set_.native_handle(), operation, descriptor_, &event) == 0) return;
  throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

// Few connections ever wait for output: it is watched from the first time on.
watched_socket::waiting watched_socket::output() {
  if (!std::exchange(watches_output_, true)) watch(EPOLL_CTL_MOD, always | EPOLLOUT);
  return {*this, EPOLLOUT | failed};
}

void watched_socket::became(std::uint32_t events) {
  ready_ |= events;
  if (!has(wanted_)) return;
  unlink();  // what woke it it finds out by itself
  resume();
}

void watched_socket::resume() {
  wanted_ = 0;
  if (const auto who = std::exchange(waiting_, nullptr)) who.resume();
}

void watched_socket::wake() {
  if (owner_ == nullptr || !waiting_ || is_linked()) return;
  owner_->woken_.push_back(*this);
  owner_->run_soon();
}

// All sockets

poller::poller(asio::io_context& context) : context_(context), set_(context, make_set()) {}

void poller::count(int difference) {
  watched_count_ += static_cast<std::size_t>(difference);
  if (!is_running_) wait();  // which else looks at the count at its end
}

void poller::add_ending(std::coroutine_handle<> who) {
  ending_.push_back(who);
  if (!is_running_) run_soon();
}

void poller::run_soon() {
  if (std::exchange(runs_soon_, true)) return;
  const auto later = [self = std::weak_ptr<poller*>(alive_)] {
    if (self.expired()) return;
    poller& owner = **self.lock();
    owner.runs_soon_ = false;
    owner.run();
  };
  asio::post(context_, later);
}

// Without sockets there is nothing to wait for, and the loop may end.
void poller::wait() {
  if (watched_count_ == 0) {
    if (is_waiting_) set_.cancel();
    return;
  }
  if (runs_soon_ || std::exchange(is_waiting_, true)) return;
  const auto ready = [self = std::weak_ptr<poller*>(alive_)](boost::system::error_code error) {
    if (self.expired()) return;
    poller& owner = **self.lock();
    owner.is_waiting_ = false;
    error ? owner.wait() : owner.run();
  };
  set_.async_wait(descriptor_type::wait_read, ready);
}

void poller::run() {
  is_running_ = true;
  const int found = run_ready();
  run_woken();
  run_endings();
  is_running_ = false;
  // Where several were ready at once, more soon are: looking costs less than waiting.
  if (found > 1 && watched_count_ > 0) return run_soon();
  wait();
}

void poller::run_woken_now() {
  if (std::exchange(is_running_, true)) return;
  while (!woken_.empty() || !ending_.empty()) {
    run_woken();
    run_endings();
  }
  is_running_ = false;
  wait();
}

int poller::run_ready() {
  std::array<epoll_event, largest_batch> events;
  const int found = ::epoll_wait(set_.native_handle(), events.data(), largest_batch, 0);
  for (int i = 0; i < found; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<watched_socket*>(event.data.ptr)->became(event.events);
  }
  return found;
}

void poller::run_woken() {
  while (!woken_.empty()) {
    watched_socket& next = woken_.front();
    woken_.pop_front();
    next.resume();
  }
}

void poller::run_endings() {
  while (!ending_.empty()) {
    ending_now_.swap(ending_);
    for (const auto who : ending_now_) who.resume();
    ending_now_.clear();
  }
}

}  // namespace mailrig::net
