// One test per dialogue file and way of playing, made when the program starts:
// SmtpDialogue.FILE/WAY, Pop3Dialogue.FILE/WAY.
#pragma once

#include "tests/dialogues/script.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mailrig::dialogue {

struct way {
  enum class needs { nothing, single_octets, socket, tls };

  std::string name;
  std::function<void(const script&)> play;
  needs what = needs::nothing;
};

// Registers all files *.dialogue of `folder`/smtp and `folder`/pop3 and runs the tests that the
// command line asks for.
[[nodiscard]] int run_dialogues(int argument_count, char** arguments, const std::string& folder,
                                const std::vector<way>& ways);

}  // namespace mailrig::dialogue
