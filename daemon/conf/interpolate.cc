#include "conf/interpolate.hh"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/text.hh"
#include "conf/file.hh"

namespace conf {

namespace {

constexpr std::size_t reference_limit = 64 << 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
base::Result<std::string> read_reference(const std::string& path, std::string_view what) {
  auto text = read_file(path, reference_limit);
  if (!text) return base::fail(std::string(what) + ": " + path + ": " + text.error().text);
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->find('\0') != std::string::npos) return base::fail(std::string(what) + ": " + path + ": holds a NUL");
  return *std::move(text);
}

base::Result<std::string> credential(std::string_view name, const Scope& scope) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos)
    return base::fail("a credential is named by a plain file name, as in ${credential:bgp-left}");
  const char* const from_systemd = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string directory = !scope.credentials.empty() ? scope.credentials : from_systemd ? from_systemd : "";
  if (directory.empty() && scope.unseen_credentials != nullptr) {
    scope.unseen_credentials->emplace(name);
    return std::string("unseen");
  }
  if (directory.empty())
    return base::fail(
        "there are no credentials: $CREDENTIALS_DIRECTORY is not set; give LoadCredential= in the unit file");
  return read_reference(directory + '/' + std::string(name), "credential");
}

base::Result<std::string> file(std::string_view path) {
  if (!path.starts_with('/')) return base::fail("the path in ${file:…} must begin with /");
  return read_reference(std::string(path), "file");
}

base::Result<std::string> environment(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return base::fail("the environment has no " + std::string(name));
  return std::string(value);
}

std::string unknown_parameter(std::string_view name, const Scope& scope) {
  std::vector<std::string_view> names;
  names.reserve(scope.parameters.size());
  for (const auto& [known, value] : scope.parameters) names.push_back(known);
  const auto near = base::nearest(name, names);
  return "there is no parameter ${" + std::string(name) + "}; " +
         (near ? "did you mean ${" + std::string(*near) + "}?" : "declare it in \"with:\"") +
         " (a plain \"${\" is written \"$${\")";
}

// Builds value and origin side by side.
class Expansion {
 public:
  Expansion(const Scope& scope, bool time_pattern) : scope_(scope), time_pattern_(time_pattern) {}

  void literal(std::string_view text) {
    out_.value += text;
    if (origin_.ends_with('$') && text.starts_with('{')) origin_ += '$';
    origin_ += escape_references(text);
  }

  // The inside of ${…}.
  base::Result<> reference(std::string_view inside) {
    const auto colon = inside.find(':');
    const std::string_view kind = colon == std::string_view::npos ? "" : inside.substr(0, colon);
    const std::string_view rest = colon == std::string_view::npos ? "" : inside.substr(colon + 1);
    if (kind == "credential") return external(inside, credential(rest, scope_), true);
    if (kind == "file") return external(inside, file(rest), false);
    if (kind == "env") return external(inside, environment(rest), false);
    return parameter(inside);
  }

  Resolved take() {
    if (external_) out_.origin = hidden_ ? std::string(hidden_origin) : std::move(origin_);
    return std::move(out_);
  }

 private:
  base::Result<> external(std::string_view inside, base::Result<std::string> value, bool is_credential) {
    if (!value) return std::unexpected(value.error());
    out_.value += *value;
    out_.credential |= is_credential;
    refer("${" + std::string(inside) + "}");
    return {};
  }

  void refer(std::string_view origin) {
    external_ = true;
    // Behind "$" a reference would read as "$${".
    hidden_ |= origin_.ends_with('$') || origin == hidden_origin;
    origin_ += origin;
  }

  base::Result<> parameter(std::string_view name) {
    const auto found = scope_.parameters.find(name);
    if (found != scope_.parameters.end()) {
      const Resolved& from = found->second;
      scope_.used.insert(found->first);
      out_.value += from.value;
      out_.credential |= from.credential;
      if (!from.origin.empty()) {
        refer(from.origin);
      } else {
        // It may be half of the secret.
        hidden_ = true;
      }
      return {};
    }
    // A pattern for a point in time has digits first, or signs that no parameter has.
    if (time_pattern_ && (!is_parameter_name(name) || is_digit(name[0]))) {
      literal("${" + std::string(name) + "}");
      return {};
    }
    if (is_parameter_name(name)) return base::fail(unknown_parameter(name, scope_));
    return base::fail(
        "\"${" + std::string(name.substr(0, 80)) +
        "}\" is no reference: write ${parameter} in lower-case letters, digits and \"-\", ${credential:…}, "
        "${file:…} or ${env:…}; a plain \"${\" is written \"$${\"");
  }

  const Scope& scope_;
  bool time_pattern_;
  Resolved out_;
  std::string origin_;
  bool external_ = false, hidden_ = false;
};

}  // namespace

bool is_parameter_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

base::Result<Resolved> interpolate(std::string_view text, const Scope& scope, bool time_pattern) {
  Expansion out(scope, time_pattern);
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      out.literal("${");
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto close = text.find('}');
      if (close == std::string_view::npos) return base::fail("\"${\" without \"}\"; a plain \"${\" is written \"$${\"");
      if (auto r = out.reference(text.substr(2, close - 2)); !r) return std::unexpected(r.error());
      text.remove_prefix(close + 1);
    } else {
      const auto next = std::min(text.find('$', 1), text.size());
      out.literal(text.substr(0, next));
      text.remove_prefix(next);
    }
  }
  return out.take();
}

std::string escape_references(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) out += '$';
    out += text[i];
  }
  return out;
}

}  // namespace conf
