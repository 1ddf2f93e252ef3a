// One test per dialogue file and way of playing, made when the program starts:
// SmtpDialogue.FILE/WAY, Pop3Dialogue.FILE/WAY.
#pragma once

#include "tests/dialogues/script.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mailrig::dialogue {

struct way {
  std::string name;
  std::function<void(const script&)> play;
  bool needs_socket = false;
};

// Registers all files *.dialogue of `folder`/smtp and `folder`/pop3 and runs the tests that the
// command line asks for.
[[nodiscard]] int run_dialogues(int argument_count, char** arguments, const std::string& folder,
                                const std::vector<way>& ways);

}  // namespace mailrig::dialogue
