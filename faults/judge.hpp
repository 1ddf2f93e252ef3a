// The seam between a protocol session and the fault rules: at each point of a session it asks once
// and obeys the verdict.
//
// Pure decisions: no sockets, no timers. The engine of rules implements this; `no_faults` is the
// provider on a good day.
#pragma once

#include "capture/model/authentication.hpp"
#include "capture/model/clock.hpp"
#include "capture/model/closing.hpp"
#include "capture/model/envelope.hpp"
#include "capture/model/reply.hpp"
#include "capture/model/stage.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::faults {

// The facts that are known at a point; views that live for the call.
struct event {
  model::stage point;
  std::string_view client_address;
  std::string_view helo;
  std::string_view path;  // at mail the reverse-path, at rcpt the forward-path in question
  const model::envelope* envelope = nullptr;    // of the open transaction; null outside one
  std::uint64_t size = 0;                       // at end_of_data: octets of the un-stuffed mail
  std::string_view user{};                      // who is logged in; empty: nobody
  const model::authentication* auth = nullptr;  // who says to be; null before AUTH
};

// What to do instead of, or before, the normal answer. A close without a reply leaves the command
// unanswered. The reply's text lives as long as the judge.
struct verdict {
  model::duration delay{0};
  std::optional<model::reply> reply;
  std::optional<model::close_mode> close;
};

class judge {
 public:
  virtual ~judge() = default;
  // Null: go on as usual. The verdict lives until the next call; a session that waits keeps a copy.
  [[nodiscard]] virtual const verdict* decide(const event& event) = 0;
};

class no_faults final : public judge {
 public:
  [[nodiscard]] const verdict* decide(const event&) override { return nullptr; }
};

}  // namespace mailrig::faults
