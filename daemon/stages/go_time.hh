// Patterns in file names. Time as the Go tool writes it: the reference time 2006-01-02 15:04:05 spelt as it should
// look.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"

namespace stages {

// "20060102.1504" gives "20250711.0845"; UTC.
std::string go_time(std::string_view layout, base::Nanos wall);
// Replaces $TIME by the layout given, every ${layout} by its own, and $PEER.
base::Result<std::string> expand_path(std::string_view path, std::string_view time_layout, base::Nanos wall,
                                      std::string_view peer = "none");
// Whether a layout, or each placeholder of a path, means something: what is misspelt would become a name as it stands.
base::Result<> check_layout(std::string_view layout);
base::Result<> check_path(std::string_view path);
bool has_peer(std::string_view path);
bool has_time(std::string_view path);

}  // namespace stages
