// The program: reads the command line and does what it says.
#include "capture/app/client_commands.hpp"
#include "capture/app/options.hpp"
#include "capture/app/serve.hpp"

#include <string_view>

namespace {

bool ends_in_sendmail(std::string_view name) {
  return name == "sendmail" || name.ends_with("/sendmail");
}

}  // namespace

int main(int count, char** arguments) {
  using namespace mailrig::app;
  // Called by that name, as mailers do, or by its own.
  if (ends_in_sendmail(arguments[0])) return sendmail_command(count - 1, arguments + 1);
  if (count > 1 && std::string_view(arguments[1]) == "sendmail" &&
      !(count > 2 && std::string_view(arguments[2]) == "--help"))
    return sendmail_command(count - 2, arguments + 2);
  const command_line command = parse_command_line(count, arguments);
  switch (command.chosen) {
    case command_line::verb::serve: return serve(command.serve);
    case command_line::verb::client: return command.run(command.client);
    case command_line::verb::nothing: break;
  }
  return command.exit_code;
}
