// What POST and PUT of /v1/rigs ask for, read from their body. See design: "Shapes".
#pragma once

#include "capture/rig/listeners.hpp"
#include "capture/rig/rig_config.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::inspector {

struct rig_wish {
  rig::rig_config config;
  std::vector<rig::port_wish> ports;
  std::string rules;  // a rule set; empty: none is given
  struct scenario {
    std::string name;
    std::string document;  // with its parameters filled in
    std::string params;
  };
  std::optional<scenario> applied;
  bool inherits = false;  // the rules of the rig default, beside these
};

enum class naming { in_body, in_path };

// The wish, or the 400 that says what is wrong with it.
[[nodiscard]] std::variant<rig_wish, answer> read_rig_wish(const request& asked, naming where);

// 1 to 100 letters, digits, '-', '_' and '.', beginning with a letter or digit.
[[nodiscard]] bool is_rig_name(std::string_view name);

}  // namespace mailrig::inspector
