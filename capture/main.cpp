// The program: reads the command line and does what it says.
#include "capture/app/options.hpp"
#include "capture/app/readyz.hpp"
#include "capture/app/serve.hpp"

int main(int count, char** arguments) {
  using namespace mailrig::app;
  const command_line command = parse_command_line(count, arguments);
  switch (command.chosen) {
    case command_line::verb::serve: return serve(command.serve);
    case command_line::verb::readyz: return readyz(command.readyz);
    case command_line::verb::nothing: break;
  }
  return command.exit_code;
}
