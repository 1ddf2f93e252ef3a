// What a run has counted: mails, sessions, latencies and everything that was not as expected.
// Owned by main, written by the engine and the dialogues.
#pragma once

#include "tests/bench/load_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::bench {

enum class error_kind {
  wrong_reply,
  malformed_reply,
  unexpected_reply,
  closed_early,
  connect_failed,
  unfinished
};

std::string_view name_of(error_kind kind);

class load_stats {
 public:
  using clock = std::chrono::steady_clock;

  explicit load_stats(std::size_t mails_asked);

  // Called again when held connections are let go: the held phase is no part of the measured time.
  void start() { started_ = clock::now(); }
  void stop() { ended_ = clock::now(); }

  void note_connected() { ++connected_; }
  void note_session_completed() { ++sessions_completed_; }
  void note_held() { ++held_; }
  void note_accepted(clock::duration latency, std::size_t stored_octets, std::size_t wire_octets);
  void note_error(error_kind kind, std::string detail);

  std::size_t held() const { return held_; }
  std::size_t errors() const { return error_total_; }
  std::size_t accepted() const { return latencies_.size(); }
  bool is_clean() const { return error_total_ == 0 && accepted() == mails_asked_; }
  std::string to_json(const load_options& options) const;

 private:
  std::string counts_json() const;
  std::string latency_json() const;
  std::string errors_json() const;

  std::size_t mails_asked_;
  std::size_t connected_ = 0;
  std::size_t sessions_completed_ = 0;
  std::size_t held_ = 0;
  std::size_t stored_octets_ = 0;
  std::size_t wire_octets_ = 0;
  std::vector<std::uint32_t> latencies_;  // microseconds, one per accepted mail
  std::map<error_kind, std::size_t> errors_;
  std::size_t error_total_ = 0;
  std::vector<std::string> first_errors_;
  clock::time_point started_{};
  clock::time_point ended_{};
};

}  // namespace mailrig::bench
