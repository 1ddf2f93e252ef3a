// How a connection is closed decides what the client's program reports (design: "Closing a
// connection").
#pragma once

#include <cstdint>

namespace mailrig::model {

enum class close_mode : std::uint8_t {
  fin_drain,  // shutdown(send), read and throw away until EOF or the linger limit, then close: a
              // reply surely arrives
  fin_half,   // shutdown(send), read on until the limit
  abrupt,     // close() as it is: the kernel resets if input was unread
  reset,      // SO_LINGER 0: RST
};

[[nodiscard]] constexpr bool ends_in_fin(close_mode mode) {
  return mode == close_mode::fin_drain || mode == close_mode::fin_half;
}

enum class ended_by : std::uint8_t {
  client_fin,
  client_reset,
  server,
  timeout,
  shutdown,
  tls_failure,  // the handshake came to nothing
};

}  // namespace mailrig::model
