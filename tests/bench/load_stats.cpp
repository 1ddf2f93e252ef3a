#include "tests/bench/load_stats.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <sys/resource.h>

namespace mailrig::bench {
namespace {

constexpr std::size_t errors_told = 5;

constexpr std::array error_kinds{error_kind::wrong_reply,      error_kind::malformed_reply,
                                 error_kind::unexpected_reply, error_kind::closed_early,
                                 error_kind::connect_failed,   error_kind::unfinished};

// A JSON string of octets that come from the peer: everything outside printable ASCII is escaped.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet > 0x7e) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", octet);
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string member(std::string_view key, std::size_t value) {
  return quoted(key) + ": " + std::to_string(value);
}

std::string member(std::string_view key, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.6f", value);
  return quoted(key) + ": " + text.data();
}

double own_cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

std::size_t percentile(std::vector<std::uint32_t>& values, double share) {
  if (values.empty()) return 0;
  const auto rank =
      static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace

std::string_view name_of(error_kind kind) {
  switch (kind) {
    case error_kind::wrong_reply: return "wrong_reply";
    case error_kind::malformed_reply: return "malformed_reply";
    case error_kind::unexpected_reply: return "unexpected_reply";
    case error_kind::closed_early: return "closed_early";
    case error_kind::connect_failed: return "connect_failed";
    case error_kind::unfinished: return "unfinished";
  }
  return "unknown";
}

load_stats::load_stats(std::size_t mails_asked) : mails_asked_(mails_asked) {
  latencies_.reserve(mails_asked);
}

void load_stats::note_accepted(clock::duration latency, std::size_t stored_octets,
                               std::size_t wire_octets) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  latencies_.push_back(static_cast<std::uint32_t>(microseconds));
  stored_octets_ += stored_octets;
  wire_octets_ += wire_octets;
}

void load_stats::note_error(error_kind kind, std::string detail) {
  ++errors_[kind];
  ++error_total_;
  if (first_errors_.size() < errors_told) first_errors_.push_back(std::move(detail));
}

std::string load_stats::counts_json() const {
  const auto seconds = std::chrono::duration<double>(ended_ - started_).count();
  const auto rate = seconds > 0 ? static_cast<double>(accepted()) / seconds : 0.0;
  return member("mails_asked", mails_asked_) + ", " + member("mails_accepted", accepted()) + ", " +
         member("connected", connected_) + ", " + member("held", held_) + ", " +
         member("sessions_completed", sessions_completed_) + ", " +
         member("stored_octets", stored_octets_) + ", " + member("wire_octets", wire_octets_) +
         ", " + member("elapsed_s", seconds) + ", " + member("messages_per_s", rate) + ", " +
         member("generator_cpu_s", own_cpu_seconds());
}

std::string load_stats::latency_json() const {
  auto values = latencies_;
  const auto sum = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
  const auto count = std::max<std::size_t>(values.size(), 1);
  return "\"latency_us\": {" + member("mean", static_cast<std::size_t>(sum / count)) + ", " +
         member("p50", percentile(values, 0.50)) + ", " + member("p90", percentile(values, 0.90)) +
         ", " + member("p99", percentile(values, 0.99)) + ", " +
         member("max", percentile(values, 1.0)) + "}";
}

std::string load_stats::errors_json() const {
  std::string counts;
  for (const auto kind : error_kinds) {
    const auto found = errors_.find(kind);
    const auto count = found == errors_.end() ? 0 : found->second;
    counts += ", " + member(name_of(kind), count);
  }
  std::string told;
  for (const auto& text : first_errors_) told += (told.empty() ? "" : ", ") + quoted(text);
  return "\"errors\": {" + member("total", error_total_) + counts + "}, \"first_errors\": [" +
         told + "]";
}

std::string load_stats::to_json(const load_options& options) const {
  const auto& work = options.work;
  return "{\"workload\": " + quoted(work.name) + ", \"target\": " + quoted(options.to.text) + ", " +
         member("seed", static_cast<std::size_t>(options.seed)) + ", " +
         member("connections", work.connections) + ", " +
         member("mails_per_connection", work.mails_per_connection) + ", " +
         member("body_octets", work.body_octets) + ", " + counts_json() + ", " + latency_json() +
         ", " + errors_json() + "}";
}

}  // namespace mailrig::bench
