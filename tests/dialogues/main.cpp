// Plays the dialogues without sockets.
#include "tests/dialogues/direct_transport.hpp"
#include "tests/dialogues/registration.hpp"

using namespace mailrig::dialogue;

namespace {

void play_whole(const script& played) {
  direct_transport over(played, feeding::whole);
  play(played, over);
}

void play_bytes(const script& played) {
  direct_transport over(played, feeding::bytes);
  play(played, over);
}

}  // namespace

int main(int argument_count, char** arguments) {
  return run_dialogues(
      argument_count, arguments, MAILRIG_DIALOGUES,
      {{"whole", play_whole}, {"bytes", play_bytes, way::needs::single_octets}, {"cut", play_cut}});
}
