// A stage as the tests of this folder see one: a struct with every type of option, and its tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip.hh"
#include "conf/options.hh"

struct Sample {
  bool ipv4 = false;
  bool ipv6 = true;
  std::int64_t session = 0;
  std::uint16_t port = 179;
  double rate = 0;
  conf::Duration timeout{15 * base::second};
  conf::Duration every{};
  std::string address;
  std::string format = "auto";
  std::string path;
  std::vector<std::string> command;
  std::vector<std::string> filters;
  conf::Secret md5;
  std::optional<std::string> bind;
  std::optional<std::int64_t> hold;
  bool operator==(const Sample&) const = default;
};

inline base::Result<> is_address(const conf::Value& v) {
  const auto& text = std::get<std::string>(v);
  if (text.empty() || base::Endpoint::parse(text, 179)) return {};
  return base::fail("\"" + text + "\" is not an address such as 192.0.2.1 or [2001:db8::1]:179");
}

inline constexpr std::string_view formats[] = {"auto", "json", "raw", "mrt"};

inline constexpr conf::Option sample_table[] = {
    conf::option<&Sample::address>("address", "where to connect to", {.argument = true, .check = is_address}),
    conf::option<&Sample::ipv4>("ipv4", "count IPv4 prefixes", {.letter = '4'}),
    conf::option<&Sample::ipv6>("ipv6", "count IPv6 prefixes", {.letter = '6'}),
    conf::option<&Sample::session>("session", "most prefixes in the session",
                                   {.letter = 's', .cost = conf::Cost::live, .min = 0, .absent = "no limit"}),
    conf::option<&Sample::port>("port", "TCP port", {.min = 1}),
    conf::option<&Sample::rate>("rate", "messages a second", {.min = 0, .max = 1000}),
    conf::option<&Sample::timeout>("timeout", "time for one attempt", {.letter = 't'}),
    conf::option<&Sample::every>("every", "rotation period", {.min = 0, .max = 86400 * base::second}),
    conf::option<&Sample::format>("format", "how messages are written", {.choices = formats}),
    conf::option<&Sample::path>("path", "file to write", {.value_name = "FILE", .time_pattern = true}),
    conf::option<&Sample::command>("command", "program and its arguments"),
    conf::option<&Sample::filters>("if", "only what the filter takes", {.letter = 'I', .commas = false}),
    conf::option<&Sample::md5>("md5", "TCP-MD5 key", {.cost = conf::Cost::session}),
    conf::option<&Sample::bind>("bind", "local address"),
    conf::option<&Sample::hold>("hold", "hold time in seconds", {.min = 3, .max = 65535}),
};

struct Common {
  std::string name;
  std::string direction;
};

inline constexpr std::string_view directions[] = {"L", "R", "LR"};

inline constexpr conf::Option common_table[] = {
    conf::option<&Common::name>("name", "what the stage is called"),
    conf::option<&Common::direction>("direction", "which messages it sees", {.choices = directions}),
};
