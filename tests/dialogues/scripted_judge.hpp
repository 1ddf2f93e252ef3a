// The judge of dialogue tests: faults by script, one JSON object a rule. It shows that the seam
// faults/judge.hpp carries what rules will need; the engine of rules is another thing.
//
//   {"point": "rcpt", "nth": 2, "reply": {"code": 450, "enhanced": "4.2.1", "text": "Try later"},
//    "delay": "20ms", "close": "fin_drain"}
//
// `nth` counts the sessions' arrivals at that point, 1 being the first; without it the rule always
// acts. The first rule that fits decides.
#pragma once

#include "faults/judge.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::dialogue {

struct scripted_fault {
  model::stage point = model::stage::connect;
  std::size_t nth = 0;  // 0: every time
  std::string text;     // of the reply, which borrows it
  faults::verdict verdict;
  std::size_t seen = 0;
};

// "fin_drain"; throws script_error.
[[nodiscard]] model::close_mode parse_close_mode(std::string_view name);
[[nodiscard]] std::string_view to_string(model::close_mode mode);
// Throws script_error.
[[nodiscard]] scripted_fault parse_fault(std::string_view json);

class scripted_judge final : public faults::judge {
 public:
  explicit scripted_judge(std::vector<scripted_fault> faults) : faults_(std::move(faults)) {}
  [[nodiscard]] const faults::verdict* decide(const faults::event& event) override;

 private:
  std::vector<scripted_fault> faults_;
};

}  // namespace mailrig::dialogue
