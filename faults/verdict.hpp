// What the rules decided at one point: complete before the first octet of it is written.
//
// Data only; a session carries it out in the order of its steps. Copies stay valid when the judge
// decides again or its rules are replaced.
#pragma once

#include "faults/actions.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailrig::faults {

// The resolved twins of the actions that chance or a template has a part in.
struct reply_step {
  model::reply reply;   // its text lives in `text`; of raw octets it is those
  bool is_raw = false;  // write the text exactly as it is, code and line end included
  std::shared_ptr<const std::string> text;
};
struct delay_step {
  model::duration time{0};
};
struct extra_step {
  std::string line;  // without its end
  extra::where place = extra::where::after;
};
struct malform_step {
  malform how;
  std::uint64_t draw = 0;  // where `random` begins
};
struct transform_step {
  transform how;
  std::uint64_t draw = 0;  // which octets flip_bytes takes
};

using step = std::variant<reply_step, close, delay_step, stall, drip, slice, partial, omit,
                          extra_step, malform_step, ehlo, throttle, stop_reading, certificate, tls,
                          drop, lose, duplicate, delay_delivery, reorder, transform_step, hide,
                          bounce, complaint, auto_reply, tag, listener>;

// A rule that acted.
struct firing {
  std::string rule;         // its id
  std::uint64_t token = 0;  // of this loading of the rule: engine::replace() tells which are gone
  std::uint64_t hit = 0;    // its number in the hit log, for engine::executed()
};

struct verdict {
  // The common triple, for whoever carries out no more than that. All of it stands in `steps` too.
  model::duration delay{0};
  std::optional<model::reply> reply;
  std::optional<model::close_mode> close;

  std::vector<step> steps;
  std::vector<firing> fired;  // in the order in which they acted; one is the rule

  // Null if no step is of that kind.
  template <typename Step>
  [[nodiscard]] const Step* find() const {
    for (const step& each : steps) {
      if (const Step* const found = std::get_if<Step>(&each)) return found;
    }
    return nullptr;
  }
};

// What goes on where no rule acts.
inline const verdict no_verdict;

}  // namespace mailrig::faults
