#include "tests/bench/load_engine.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace mailrig::bench {
namespace {

constexpr std::uint64_t standard_input = ~std::uint64_t{0};
constexpr std::size_t input_octets = 16 * 1024;
constexpr std::size_t events_at_once = 256;
// A server that is down fails every connection at once: no use in trying the other thousands.
constexpr std::size_t most_errors = 100;

std::string error_text(int error) {
  return std::error_code(error, std::system_category()).message();
}

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

struct load_engine::connection {
  std::size_t slot;
  int socket;
  dialogue talk;
  reply_reader replies{};
  outgoing group{};
  std::size_t part = 0;
  std::size_t offset = 0;
  bool was_answered = false;
  bool is_held = false;
  bool waits_for_room = false;

  bool has_unsent() const { return part < group.count; }

  void skip(std::size_t sent) {
    offset += sent;
    while (part < group.count && offset >= group.parts[part].size()) {
      offset -= group.parts[part].size();
      ++part;
    }
  }
};

load_engine::load_engine(const load_options& options, const mail_corpus& corpus, load_stats& stats)
    : options_(options),
      corpus_(corpus),
      stats_(stats),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      slots_(options.work.connections),
      input_(input_octets) {
  if (epoll_ < 0) throw_errno("epoll_create1");
}

load_engine::~load_engine() {
  for (const auto& at : slots_) {
    if (at) close(at->socket);
  }
  close(epoll_);
}

void load_engine::run() {
  waits_for_release_ = options_.work.held == holding::until_released;
  deadline_ = load_stats::clock::now() + options_.time_limit;
  stats_.start();
  fill_slots();
  std::array<epoll_event, events_at_once> events{};
  while (open_ > 0) {
    const int left = milliseconds_left();
    if (left <= 0) break;
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), left);
    if (ready < 0 && errno != EINTR) throw_errno("epoll_wait");
    for (int i = 0; i < ready; ++i) serve(events[static_cast<std::size_t>(i)].data.u64);
  }
  stats_.stop();
  note_unfinished();
}

int load_engine::milliseconds_left() const {
  const auto left = deadline_ - load_stats::clock::now();
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

bool load_engine::may_open() const {
  return mails_begun_ < options_.work.mails && stats_.errors() < most_errors;
}

void load_engine::fill_slots() {
  for (std::size_t slot = 0; slot < slots_.size() && may_open(); ++slot) open_in(slot);
}

void load_engine::open_in(std::size_t slot) {
  const auto count =
      std::min(options_.work.mails_per_connection, options_.work.mails - mails_begun_);
  const mail_range mails{static_cast<std::uint32_t>(mails_begun_), count};
  mails_begun_ += count;
  const int domain = options_.to.address.ss_family;
  const int made = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) throw_errno("socket");
  const int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  slots_[slot] = std::make_unique<connection>(
      connection{slot, made, dialogue(options_.work, corpus_, stats_, mails)});
  auto& at = *slots_[slot];
  epoll_event event{EPOLLIN, {.u64 = slot}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, made, &event) < 0) throw_errno("epoll_ctl");
  ++open_;
  const auto* address = reinterpret_cast<const sockaddr*>(&options_.to.address);
  if (connect(made, address, options_.to.length) < 0 && errno != EINPROGRESS) {
    fail(at, error_kind::connect_failed, error_text(errno));
  }
}

void load_engine::serve(std::uint64_t who) {
  if (who == standard_input) {
    release_held();
    return;
  }
  auto* at = slots_[who].get();
  if (at == nullptr) return;
  if (at->waits_for_room && !write_rest(*at)) return;
  read_from(*at);
}

void load_engine::read_from(connection& at) {
  const auto got = recv(at.socket, input_.data(), input_.size(), 0);
  if (got > 0) {
    if (!at.was_answered) stats_.note_connected();
    at.was_answered = true;
    at.replies.feed({input_.data(), static_cast<std::size_t>(got)});
    take_replies(at);
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const auto reason = got == 0 ? std::string("end of stream") : error_text(errno);
  fail(at, at.was_answered ? error_kind::closed_early : error_kind::connect_failed, reason);
}

// False when the connection is gone; so for all functions here that answer a bool.
bool load_engine::take_replies(connection& at) {
  while (const auto got = at.replies.next()) {
    if (!move(at, at.talk.take(*got))) return false;
  }
  if (at.replies.malformed_line().empty()) return true;
  return fail(at, error_kind::malformed_reply, at.replies.malformed_line());
}

bool load_engine::move(connection& at, next_move what) {
  switch (what) {
    case next_move::read: return true;
    case next_move::write: return write_group(at);
    case next_move::hold: return hold(at);
    case next_move::finish: stats_.note_session_completed(); break;
    case next_move::give_up: break;
  }
  close_slot(at);
  return false;
}

bool load_engine::write_group(connection& at) {
  if (at.has_unsent()) {
    return fail(at, error_kind::unexpected_reply, "answered before all was sent");
  }
  at.group = at.talk.next_group();
  at.part = 0;
  at.offset = 0;
  return write_rest(at);
}

bool load_engine::write_rest(connection& at) {
  while (at.has_unsent()) {
    std::array<iovec, 6> parts{};
    const auto count = at.group.count - at.part;
    for (std::size_t i = 0; i < count; ++i) {
      auto text = at.group.parts[at.part + i];
      if (i == 0) text.remove_prefix(at.offset);
      parts[i] = {const_cast<char*>(text.data()), text.size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const auto sent = sendmsg(at.socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) {
      return fail(at, error_kind::closed_early, "write: " + error_text(errno));
    }
    if (sent < 0) {
      watch(at, EPOLLIN | EPOLLOUT);
      return true;
    }
    at.skip(static_cast<std::size_t>(sent));
  }
  if (at.waits_for_room) watch(at, EPOLLIN);
  return true;
}

void load_engine::watch(connection& at, std::uint32_t events) {
  at.waits_for_room = (events & EPOLLOUT) != 0;
  epoll_event event{events, {.u64 = at.slot}};
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, at.socket, &event) < 0) throw_errno("epoll_ctl");
}

bool load_engine::fail(connection& at, error_kind kind, const std::string& detail) {
  stats_.note_error(kind, at.talk.where() + ": " + detail);
  close_slot(at);
  return false;
}

void load_engine::close_slot(connection& at) {
  const auto slot = at.slot;
  close(at.socket);
  slots_[slot].reset();
  --open_;
  if (may_open()) open_in(slot);
  if (waits_for_release_) tell_when_all_held();
}

bool load_engine::hold(connection& at) {
  if (!waits_for_release_) return write_group(at);
  at.is_held = true;
  stats_.note_held();
  tell_when_all_held();
  return true;
}

// The one who measures reads this line, looks at the server and then writes or closes our input.
void load_engine::tell_when_all_held() {
  const auto is_busy = [](const auto& at) { return at && !at->is_held; };
  if (was_told_ || may_open() || std::any_of(slots_.begin(), slots_.end(), is_busy)) return;
  was_told_ = true;
  std::cerr << "held " << stats_.held() << " of " << options_.work.connections << std::endl;
  epoll_event event{EPOLLIN, {.u64 = standard_input}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0) return;
  // A file or /dev/null cannot be watched: nobody will say anything there.
  release_held();
}

void load_engine::release_held() {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
  waits_for_release_ = false;
  stats_.start();
  for (const auto& at : slots_) {
    if (at && at->is_held) {
      at->is_held = false;
      write_group(*at);
    }
  }
}

void load_engine::note_unfinished() {
  for (const auto& at : slots_) {
    if (at) stats_.note_error(error_kind::unfinished, at->talk.where() + ": the time is over");
  }
}

}  // namespace mailrig::bench
