// What one run of the load generator is asked to do: the workload table and the command line.
// Owned by main for the whole run. Must never name a target outside the loopback range.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace mailrig::bench {

enum class pipelining { off, on };

// `until_released`: every connection stops after EHLO until standard input says to go on.
// How the content goes: behind DATA, or as one chunk of BDAT (RFC 3030 2).
enum class transfer { data, bdat };

enum class holding { none, until_released };

struct workload {
  std::string_view name;
  std::size_t body_octets;
  std::size_t mails_per_connection;
  std::size_t connections;
  std::size_t mails;
  pipelining pipelined;
  holding held;
  transfer by = transfer::data;
};

struct target {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string text;
};

struct load_options {
  workload work{};
  target to;
  std::chrono::seconds time_limit{120};
  std::uint64_t seed = 1;
};

// Wrong usage: main prints the text and ends with exit code 2.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

load_options parse_options(int argc, const char* const* argv);
std::string usage_text();

}  // namespace mailrig::bench
