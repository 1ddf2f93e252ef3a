// Plays the dialogues over real sockets on the loopback interface.
#include "tests/dialogues/registration.hpp"
#include "tests/dialogues/socket_transport.hpp"

using namespace mailrig::dialogue;

namespace {

void play_over_socket(const script& played) {
  socket_transport over(played);
  play(played, over);
}

void play_over_tls(const script& played) {
  socket_transport over(played, socket_transport::mode::tls);
  play(played, over);
}

}  // namespace

int main(int argument_count, char** arguments) {
  return run_dialogues(
      argument_count, arguments, MAILRIG_DIALOGUES,
      {{"socket", play_over_socket, way::needs::socket}, {"tls", play_over_tls, way::needs::tls}});
}
