// Stories for the fault engine: random rules and a random run of events, and a second engine that
// is slow and simple to compare with.
//
// The second engine reads the JSON itself, keeps everything that ever happened and counts it anew
// for each question. It knows the kinds of leaves that stories are made of and nothing else. Only
// the hash of a draw is shared, being part of the specification.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mailrig::faults::story {

// Answers a number below the bound; where it comes from (a generator, a fuzzer's input) is its own.
using chooser = std::function<std::uint64_t(std::uint64_t bound)>;

struct step {
  enum class kind : std::uint8_t { ask, happen, advance, reload };
  kind what = kind::ask;
  std::uint8_t stage = 0;      // of ask: connect, mail, rcpt or data
  std::uint8_t happening = 0;  // of happen
  std::string client;
  std::string helo;
  std::string from;
  std::string rcpt;
  std::int64_t milliseconds = 0;  // of advance
  std::string rules;              // of reload
};

struct tale {
  std::string rules;
  std::vector<step> steps;
};

[[nodiscard]] tale make_tale(const chooser& choose, std::size_t steps);

struct outcome {
  std::string difference;  // "" if the engines agree; else what differed, with the rules
  std::size_t asked = 0;   // points that were come to
  std::size_t acted = 0;   // rules that acted there
};
// Plays the tale with both engines.
[[nodiscard]] outcome compare(const tale& told);

}  // namespace mailrig::faults::story
