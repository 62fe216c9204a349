// ${…} in configuration values: ${parameter}, ${credential:NAME}, ${file:PATH} and ${env:NAME}. Done once, on a string
// that was already parsed, so a value can never add structure and is never looked at a second time. "$${" stands for
// "${". Reads files and the environment: for start and reload, on the main thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace conf {

// What is shown of a secret that has no origin to show; no value may be written so.
inline constexpr std::string_view hidden_origin = "***";

// A text with its references followed.
struct Resolved {
  std::string value;
  // When part of the value came from a credential, a file or the environment: the text as written, which gives the
  // value again; "***" if no text does that without showing the value of a parameter. Else empty.
  std::string origin;
  bool credential = false;  // part of it must be shown nowhere
};

// What references can see.
struct Scope {
  std::map<std::string, Resolved, std::less<>> parameters;
  // Parameters that something referred to.
  mutable std::set<std::string, std::less<>> used;
  // Where credentials lie; empty: $CREDENTIALS_DIRECTORY, as systemd sets it.
  std::string credentials;
  // For a check outside the unit: where there are no credentials at all they are believed to be sound, and named here.
  std::set<std::string, std::less<>>* unseen_credentials = nullptr;
};

bool is_parameter_name(std::string_view);
// In a time pattern a reference of no known form, such as ${20060102}, is left for the stage.
base::Result<Resolved> interpolate(std::string_view text, const Scope&, bool time_pattern = false);
// The text that interpolates to this one: every "${" becomes "$${".
std::string escape_references(std::string_view text);

}  // namespace conf
