#include "tests/dialogues/socket_client.hpp"

#include "tests/dialogues/script.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace mailrig::dialogue {
namespace {

constexpr int patience_ms = 10'000;

int connect_to(std::uint16_t port, socket_client::family which) {
  const bool is_v6 = which == socket_client::family::v6;
  const int descriptor = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  const auto* address =
      is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  const int result = ::connect(descriptor, address, is_v6 ? sizeof v6 : sizeof v4);
  if (result == 0) return descriptor;
  const int error = errno;
  ::close(descriptor);
  throw script_error(std::string("cannot connect: ") + std::strerror(error));
}

}  // namespace

socket_client::socket_client(std::uint16_t port, family which)
    : descriptor_(connect_to(port, which)) {}

socket_client::~socket_client() {
  close();
}

void socket_client::close() {
  if (is_open()) ::close(std::exchange(descriptor_, -1));
}

void socket_client::reset() {
  const linger now{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

bool socket_client::begin_tls(const tls_peer_options& options) {
  start_tls(options);
  end_handshake();
  return tls_ != nullptr;
}

void socket_client::end_handshake() {
  while (handshaking_ && !ended_ && wait_for(POLLIN)) read_some();
}

void socket_client::start_tls(const tls_peer_options& options) {
  handshaking_ = std::make_unique<tls_peer>(options);
  go_on_with_handshake({});
}

void socket_client::go_on_with_handshake(std::string_view octets) {
  const auto where = handshaking_->handshake(octets);
  const std::string answer = handshaking_->take_output();
  if (where == tls_peer::progress::ready) {
    tls_ = std::move(handshaking_);
    received_ += tls_->decrypt({});  // what came with the end of the handshake
  } else if (where == tls_peer::progress::failed) {
    failed_ = std::move(handshaking_);
  }
  send_raw(answer);
}

void socket_client::shut_down_sending() {
  if (tls_) {
    tls_->say_close_notify();
    send_raw(tls_->take_output());
  }
  finish_raw();
}

std::string socket_client::receive_raw() {
  return wait_for(POLLIN) ? read_raw() : std::string();
}

void socket_client::finish_raw() {
  has_shut_down_sending_ = true;
  ::shutdown(descriptor_, SHUT_WR);
}

// An octet to a socket that was closed is answered by a RST; on loopback mostly before send() is
// back.
bool socket_client::is_refused_what_it_sends(patience how) {
  if (::send(descriptor_, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return true;
  pollfd entry{descriptor_, 0, 0};
  (void)::poll(&entry, 1, how == patience::none ? 0 : patience_ms);
  return (entry.revents & POLLERR) != 0;
}

bool socket_client::wait_for(short events) const {
  pollfd entry{descriptor_, events, 0};
  return ::poll(&entry, 1, patience_ms) > 0;
}

// Empty if nothing came, or the end did.
std::string socket_client::read_raw() {
  std::array<char, 65536> buffer;
  const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size > 0) return {buffer.data(), static_cast<std::size_t>(size)};
  if (size == 0) {
    ended_ = end::eof;
  } else if (errno == ECONNRESET) {
    ended_ = end::reset;
  } else if (errno != EAGAIN && errno != EINTR) {
    throw script_error(std::string("the client cannot read: ") + std::strerror(errno));
  }
  return {};
}

void socket_client::read_some() {
  const std::string octets = read_raw();
  if (handshaking_) return octets.empty() ? void() : go_on_with_handshake(octets);
  received_ += tls_ ? tls_->decrypt(octets) : octets;
}

void socket_client::send(std::string_view octets) {
  octets_sent_ += octets.size();
  end_handshake();
  if (!tls_) return send_raw(octets);
  tls_->encrypt(octets);
  send_raw(tls_->take_output());
}

void socket_client::send_raw(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t size =
        ::send(descriptor_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno != EAGAIN && errno != EINTR) {
      // The error is told once; a later read would find an end of file.
      if (errno == ECONNRESET) ended_ = end::reset;
      return;
    } else if (!wait_for(ended_ ? POLLOUT : POLLIN | POLLOUT)) {
      throw script_error("the server reads nothing for ten seconds");
    } else if (!ended_) {
      read_some();
    }
  }
}

bool socket_client::send_blindly(std::string_view octets) {
  const ssize_t size =
      ::send(descriptor_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size > 0) octets_sent_ += static_cast<std::size_t>(size);
  return size == static_cast<ssize_t>(octets.size());
}

std::optional<std::string> socket_client::read_line() {
  std::size_t end_of_line = received_.find("\r\n", taken_);
  while (end_of_line == std::string::npos) {
    if (ended_ || !is_open() || !wait_for(POLLIN)) return std::nullopt;
    read_some();
    end_of_line = received_.find("\r\n", taken_);
  }
  std::string line = received_.substr(taken_, end_of_line - taken_);
  taken_ = end_of_line + 2;
  return line;
}

std::string socket_client::read_octets(std::size_t count) {
  while (received_.size() - taken_ < count && !ended_ && is_open() && wait_for(POLLIN)) read_some();
  std::string octets = received_.substr(taken_, count);
  taken_ += octets.size();
  return octets;
}

std::optional<socket_client::end> socket_client::read_to_end() {
  while (!ended_ && is_open() && wait_for(POLLIN)) read_some();
  return ended_;
}

std::string socket_client::untaken() {
  if (is_open() && !ended_) read_some();
  return received_.substr(taken_);
}

}  // namespace mailrig::dialogue
