#include "capture/net/unix_listener.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace mailrig::net {
namespace {

// Closes itself unless it is released.
class descriptor {
 public:
  explicit descriptor(int value) : value_(value) {}
  ~descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

std::error_code last_error() {
  return {errno, std::generic_category()};
}

int make_socket() {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool bind_to(int socket, const sockaddr_un& address) {
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// A socket that nobody listens on any more.
bool is_left_behind(const sockaddr_un& address) {
  struct stat file {};
  if (::lstat(address.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const descriptor probe(make_socket());
  const int result =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return result != 0 && errno == ECONNREFUSED;
}

}  // namespace

unix_file::unix_file(std::string path) : path_(std::move(path)) {
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0) return;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

unix_file::~unix_file() {
  struct stat file {};
  const bool is_ours = ::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ &&
                       file.st_ino == inode_ && S_ISSOCK(file.st_mode);
  if (is_ours) ::unlink(path_.c_str());
}

std::variant<unix_listener, std::error_code> listen_on_unix(const std::string& path, int backlog) {
  const auto address = address_of(path);
  if (!address) return std::make_error_code(std::errc::filename_too_long);
  descriptor socket(make_socket());
  if (socket.get() < 0) return last_error();
  bool is_bound = bind_to(socket.get(), *address);
  if (!is_bound && errno == EADDRINUSE) {
    if (!is_left_behind(*address)) return std::make_error_code(std::errc::address_in_use);
    ::unlink(path.c_str());
    is_bound = bind_to(socket.get(), *address);
  }
  if (!is_bound) return last_error();
  auto file = std::make_unique<unix_file>(path);
  if (::listen(socket.get(), backlog) != 0) return last_error();
  return unix_listener{socket.release(), std::move(file)};
}

}  // namespace mailrig::net
