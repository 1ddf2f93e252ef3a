// Reads the PROXY header in front of a connection that a trusted proxy opened, and nothing behind
// it: what follows, TLS or plain, stays in the socket for the session.
//
// Owns the socket until it is done. Bounded in octets and in time.
#pragma once

#include "capture/model/closing.hpp"
#include "capture/net/event_loop.hpp"
#include "capture/wire/proxy_header.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace mailrig::net {

class proxy_preamble : public std::enable_shared_from_this<proxy_preamble> {
 public:
  struct failure {
    std::string what;  // one sentence
    model::ended_by how;
  };
  using result = std::variant<wire::proxy_header, failure>;
  // Given the socket back, good or not; called once.
  using callback = std::function<void(int socket, result header)>;

  static constexpr std::chrono::seconds patience{10};

  proxy_preamble(boost::asio::io_context& context, int socket);

  void start(callback done);
  // The server goes away.
  void abort();

 private:
  static boost::asio::awaitable<void> run(std::shared_ptr<proxy_preamble> self, callback done);
  [[nodiscard]] wire::proxy_header_result take();

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  std::array<char, wire::longest_proxy_header> buffer_{};
  std::size_t held_ = 0;
  std::optional<failure> failure_;
};

}  // namespace mailrig::net
