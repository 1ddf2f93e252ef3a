// The HTTP side of mailrig: page, JSON API and event streams, on the one I/O thread.
//
// Owned by whoever wires the program, and outlived by what `services` refers to. The io_context
// must not run any more once the server is destroyed.
#pragma once

#include "webui/inspector/host_guard.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace boost::asio {
class io_context;
}

namespace mailrig::rig {
class listeners;
class mail_reader;
class rig_table;
class worker_pool;
}  // namespace mailrig::rig

namespace mailrig::inspector {

// One file of the page, in memory for as long as the program runs.
struct page_file {
  std::string_view content_type;
  std::string_view etag;  // with its quotes
  std::string_view cache_control;
  std::string_view identity;
  std::string_view gzip;  // empty if there is no such form
};

struct services {
  rig::rig_table& rigs;
  rig::worker_pool& pool;
  rig::mail_reader& reader;
  rig::listeners& listeners;
  // The file for a path such as "/" or "/assets/x.js"; empty function: built without a page.
  std::function<std::optional<page_file>(std::string_view path)> find_page;
  // False once the program drains.
  std::function<bool()> is_ready;
  // A rig was made or given another configuration: its ttl and its messages' age run.
  std::function<void()> rigs_changed = {};
  // What a client must trust to speak TLS with the mail listeners; PEM.
  std::string ca_pem{};
  // Runs something behind all that is ready to run now; empty: at once.
  std::function<void(std::function<void()>)> post = {};
  // Runs something once after a while; empty: nobody keeps time.
  std::function<void(std::chrono::milliseconds, std::function<void()>)> after = {};
};

struct server_settings {
  std::string version;
  host_policy hosts;
  std::string credentials;  // "user:password" of those who may ask; empty: all may
  std::size_t max_connections = 512;
  std::size_t max_event_streams = 256;
  std::size_t max_header_octets = std::size_t{16} * 1024;
  std::size_t max_body_octets = std::size_t{64} * 1024;     // no resource takes a body yet
  std::size_t max_message_octets = std::size_t{100} << 20;  // of a mail that is handed in
  std::chrono::milliseconds idle_timeout{60'000};           // between requests
  std::chrono::milliseconds io_timeout{30'000};  // for a whole request head, and for each write
  std::chrono::milliseconds linger{2'000};
  std::chrono::milliseconds heartbeat{15'000};  // of event streams
  // The time by which waits end.
  std::function<std::chrono::steady_clock::time_point()> steady_now =
      std::chrono::steady_clock::now;
};

class server {
 public:
  server(boost::asio::io_context& io, server_settings settings, services what);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // Listens on an IP address; 0 lets the system choose the port. Answers the port.
  [[nodiscard]] std::variant<std::uint16_t, std::error_code> listen(const std::string& address,
                                                                    std::uint16_t port);
  // Takes back the last listen(), before the loop runs.
  void unlisten_last();
  // Accepts no more, ends event streams and idle connections; answers under way are finished.
  void stop();

  [[nodiscard]] std::size_t connection_count() const;
  [[nodiscard]] std::size_t event_stream_count() const;

 private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

// The name that the machine gives itself, for host_policy.
[[nodiscard]] std::string machine_name();

}  // namespace mailrig::inspector
