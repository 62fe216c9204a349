#include "conf/interpolate.hh"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace conf;

namespace {

// A directory of credentials that is gone with the test.
class Credentials {
 public:
  Credentials() {
    char name[] = "/tmp/conf_test_XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Credentials() { std::filesystem::remove_all(path_); }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  void put(const char* name, std::string_view text) {
    std::ofstream(path_ + "/" + name, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string value(std::string_view text, const Scope& scope = {}, bool time_pattern = false) {
  const auto r = interpolate(text, scope, time_pattern);
  return r ? r->value : "error: " + r.error().text;
}

}  // namespace

TEST_CASE("interpolate: parameters, as often as they stand") {
  Scope scope;
  scope.parameters["left"] = {"192.0.2.1", {}};
  scope.parameters["n-2"] = {"", {}};
  CHECK(value("${left}:${left}${n-2}!", scope) == "192.0.2.1:192.0.2.1!");
  CHECK(value("none") == "none");
  CHECK(value("").empty());
}

TEST_CASE("interpolate: once, a value is not looked at again") {
  Scope scope;
  scope.parameters["a"] = {"${b}$${", {}};
  scope.parameters["b"] = {"no", {}};
  CHECK(value("${a}", scope) == "${b}$${");
}

TEST_CASE("interpolate: $${ is ${, a lone dollar is itself") {
  CHECK(value("$${x}") == "${x}");
  CHECK(value("$$${x}") == "$${x}");
  CHECK(value("$TIME $ $$ $") == "$TIME $ $$ $");
  for (const char* text : {"${", "$${x}", "$$${", "a$", "{", "$ {", "${a}${b}"})
    CHECK(value(escape_references(text)) == text);
}

TEST_CASE("interpolate: any other ${ is an error that names both remedies") {
  Scope scope;
  scope.parameters["left"] = {"x", {}};
  const std::string near = value("${lfet}", scope);
  CHECK(near.find("did you mean ${left}?") != std::string::npos);
  CHECK(near.find("$${") != std::string::npos);
  CHECK(value("${max}").find("declare it in \"with:\"") != std::string::npos);
  const std::string odd = value("${Max Y}");
  CHECK(odd.find("${parameter}") != std::string::npos);
  CHECK(odd.find("$${") != std::string::npos);
  CHECK(value("a ${x").find("without \"}\"") != std::string::npos);
  CHECK(value("${}").starts_with("error"));
}

TEST_CASE("interpolate: in a time pattern what is no reference is left for the stage") {
  Scope scope;
  scope.parameters["name"] = {"rs1", {}};
  CHECK(value("/a/${name}.${20060102.1504}.$TIME", scope, true) == "/a/rs1.${20060102.1504}.$TIME");
  CHECK(value("${2006-01-02}", scope, true) == "${2006-01-02}");
  CHECK(value("${Jan 2}", scope, true) == "${Jan 2}");
  CHECK(value("${nmae}", scope, true).find("did you mean ${name}?") != std::string::npos);
  CHECK(value("${20060102}", scope).starts_with("error"));
}

TEST_CASE("interpolate: a credential is its file without the last end of line") {
  Credentials credentials;
  credentials.put("bgp-left", "hunter2\n");
  credentials.put("dos", "hunter2\r\n");
  credentials.put("two", "a\n\n");
  credentials.put("nul", std::string_view("a\0b", 3));
  credentials.put("large", std::string(70000, 'x'));
  Scope scope;
  scope.credentials = credentials.path();
  CHECK(value("${credential:bgp-left}", scope) == "hunter2");
  CHECK(value("${credential:dos}", scope) == "hunter2");
  CHECK(value("${credential:two}", scope) == "a\n");
  CHECK(value("${credential:nul}", scope).find("holds a NUL") != std::string::npos);
  CHECK(value("${credential:large}", scope).find("is larger than 64 KiB") != std::string::npos);
  CHECK(value("${credential:none}", scope).find("No such file") != std::string::npos);
  CHECK(value("${credential:../x}", scope).find("plain file name") != std::string::npos);
  CHECK(value("${credential:..}", scope).find("plain file name") != std::string::npos);
  CHECK(value("${credential:}", scope).find("plain file name") != std::string::npos);
  CHECK(interpolate("${credential:bgp-left}", scope)->credential);

  setenv("CREDENTIALS_DIRECTORY", credentials.path().c_str(), 1);
  CHECK(value("${credential:bgp-left}") == "hunter2");
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(value("${credential:bgp-left}").find("LoadCredential=") != std::string::npos);

  CHECK(value("${file:" + credentials.path() + "/bgp-left}") == "hunter2");
  CHECK(value("${file:relative}").find("must begin with /") != std::string::npos);
  CHECK(value("${file:" + credentials.path() + "}").find("is a directory") != std::string::npos);
}

TEST_CASE("interpolate: the environment") {
  setenv("CONF_TEST_KEY", "a${b}", 1);
  CHECK(value("<${env:CONF_TEST_KEY}>") == "<a${b}>");
  unsetenv("CONF_TEST_KEY");
  CHECK(value("${env:CONF_TEST_KEY}").find("the environment has no CONF_TEST_KEY") != std::string::npos);
}

TEST_CASE("interpolate: a value from outside keeps the text that gives it again") {
  setenv("CONF_TEST_KEY", "k", 1);
  const auto origin = [](std::string_view text, const Scope& scope = {}) { return interpolate(text, scope)->origin; };
  CHECK(origin("plain").empty());
  CHECK(origin("$${").empty());
  CHECK(origin("user:$${${env:CONF_TEST_KEY}") == "user:$${${env:CONF_TEST_KEY}");
  Scope scope;
  scope.parameters["key"] = interpolate("${env:CONF_TEST_KEY}", {}).value();
  scope.parameters["open"] = {"hunter2", {}};
  scope.parameters["dollar"] = {"${env:CONF_TEST_KEY}$", "${env:CONF_TEST_KEY}$"};
  CHECK(origin("${key}", scope) == "${env:CONF_TEST_KEY}");
  CHECK(origin("${open}", scope).empty());
  CHECK(origin("${open}${key}", scope) == "***");
  CHECK(origin("${dollar}{", scope) == "${env:CONF_TEST_KEY}$${");
  CHECK(origin("${dollar}${key}", scope) == "***");
  unsetenv("CONF_TEST_KEY");
}
