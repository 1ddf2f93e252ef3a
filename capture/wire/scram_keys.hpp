// The keys that a SCRAM server keeps of a password (RFC 5802 3). In front of GNU SASL, which knows
// SASLprep (RFC 4013).
#pragma once

#include "capture/wire/digest.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::wire {

struct scram_keys {
  std::string stored_key;
  std::string server_key;
};

// RFC 7677 4 wants so many at least.
inline constexpr unsigned scram_iterations = 4096;

// Nothing if SASLprep refuses the password: it is no UTF-8 or holds control characters. Takes one
// to three milliseconds.
[[nodiscard]] std::optional<scram_keys> derive_scram_keys(hash how, std::string_view password,
                                                          std::string_view salt);

}  // namespace mailrig::wire
