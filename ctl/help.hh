// Help and completion, made from the verb table and the control methods.
#pragma once

#include <string>
#include <string_view>

#include "ctl/verbs.hh"

namespace ctl {

std::string_view program_version();
std::string general_help();
std::string verb_help(const Verb& verb);
std::string bash_completion();
std::string zsh_completion();

}  // namespace ctl
