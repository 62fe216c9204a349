// bgpipectl: asks and steers a running bgpiped over its control socket.
#include <csignal>
#include <string>
#include <vector>

#include "ctl/args.hh"
#include "ctl/commands.hh"
#include "ctl/help.hh"

int main(int argc, char** argv) {
  // A reader that goes away ends the output, not the program.
  std::signal(SIGPIPE, SIG_IGN);
  auto args = ctl::parse_args(std::vector<std::string>(argv + 1, argv + argc));
  if (!args) {
    ctl::complain(args.error() + "\n  bgpipectl help");
    return ctl::Exit::usage;
  }
  if (args->verb == nullptr && args->has("version")) {
    (void)ctl::write_out("bgpipectl " + std::string(ctl::program_version()) + "\n");
    return ctl::Exit::ok;
  }
  if (args->verb == nullptr || args->has("help")) {
    const bool asked = args->has("help");
    const std::string text = args->verb == nullptr ? ctl::general_help() : ctl::verb_help(*args->verb);
    if (asked)
      (void)ctl::write_out(text);
    else
      ctl::complain("a command is needed\n" + text);
    return asked ? ctl::Exit::ok : ctl::Exit::usage;
  }
  const auto run = args->verb->run;
  ctl::Context context(std::move(*args));
  return run(context);
}
