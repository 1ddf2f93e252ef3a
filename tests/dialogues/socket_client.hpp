// A mail client's socket, in the hands of a test: blocking, with a limit on every wait, reading
// while it writes.
#pragma once

#include "tests/dialogues/tls_peer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::dialogue {

class socket_client {
 public:
  enum class end { eof, reset };
  enum class family { v4, v6 };

  // Connects on the loopback interface; throws script_error when that fails.
  explicit socket_client(std::uint16_t port, family which = family::v4);
  ~socket_client();
  socket_client(const socket_client&) = delete;
  socket_client& operator=(const socket_client&) = delete;

  // What is sent and received from here on goes through TLS. False if the handshake fails.
  [[nodiscard]] bool begin_tls(const tls_peer_options& options = {});
  // Says the ClientHello; the handshake goes on as far as it can whenever something is read or
  // sent.
  void start_tls(const tls_peer_options& options = {});
  // Reads until it is over, one way or the other.
  void end_handshake();
  // The client's side of a handshake that failed; null if none did.
  [[nodiscard]] const tls_peer* failed_tls() const { return failed_.get(); }
  // Null without TLS.
  [[nodiscard]] tls_peer* tls() { return tls_.get(); }
  // Past TLS, if there is any.
  void send_raw(std::string_view octets);
  // Waits for what comes next; empty at the end.
  [[nodiscard]] std::string receive_raw();
  // A FIN without close_notify.
  void finish_raw();

  // Sends all, reading meanwhile what comes; a server that closed is no error.
  void send(std::string_view octets);
  // Sends without reading, in plain text only. False once the kernel takes no more.
  [[nodiscard]] bool send_blindly(std::string_view octets);
  // Under TLS with close_notify.
  void shut_down_sending();
  void reset();
  void close();

  // Without CRLF; nothing if the connection ended, or nothing came for ten seconds.
  // So many, or as many as come within ten seconds and before the end.
  [[nodiscard]] std::string read_octets(std::size_t count);
  [[nodiscard]] std::optional<std::string> read_line();
  // Reads to the end; nothing if it does not come for ten seconds.
  [[nodiscard]] std::optional<end> read_to_end();
  // What came, was not taken and is here already.
  [[nodiscard]] std::string untaken();
  // Behind an end of file: whether what is still sent meets nobody. A server that drains reads it.
  enum class patience { none, ten_seconds };
  [[nodiscard]] bool is_refused_what_it_sends(patience how);

  [[nodiscard]] std::size_t octets_sent() const { return octets_sent_; }
  [[nodiscard]] const std::string& received() const { return received_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] bool has_ended() const { return ended_.has_value(); }
  [[nodiscard]] bool has_shut_down_sending() const { return has_shut_down_sending_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  [[nodiscard]] bool wait_for(short events) const;
  void read_some();
  void go_on_with_handshake(std::string_view octets);
  [[nodiscard]] std::string read_raw();

  int descriptor_ = -1;
  std::unique_ptr<tls_peer> handshaking_;
  std::unique_ptr<tls_peer> failed_;
  std::unique_ptr<tls_peer> tls_;
  bool has_shut_down_sending_ = false;
  std::size_t octets_sent_ = 0;
  std::string received_;
  std::size_t taken_ = 0;
  std::optional<end> ended_;
};

}  // namespace mailrig::dialogue
