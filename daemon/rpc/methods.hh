// The control API as data: every method with its access, parameters, result and stream records, and the shapes they are
// made of. No handlers here: the daemon binds them, rpc.describe prints this table, and bgpipectl's help and completion
// come from it. Constant, so any thread.
#pragma once

#include <span>
#include <string_view>

namespace rpc {

// What a caller must be allowed to do. Admin includes read.
enum class Access : unsigned char { read, admin };
std::string_view access_name(Access);

// One member of a parameter, result or shape object.
// Types: string, integer, number, boolean, time (UTC text, "2025-07-11T08:47:20.650Z"), seconds (a number), any, or the
// name of a Shape; "[]" behind it makes a list, "{}" a map from names, a last "?" allows null. A parameter that is null
// counts as absent; a member of a result is always there unless it is not required.
struct Field {
  std::string_view name, type, help;
  bool required = true;
  std::span<const std::string_view> choices = {};  // of a string, if not empty
};

struct Shape {
  std::string_view name, help;
  std::span<const Field> fields;
};

struct Method {
  std::string_view name;
  Access access;
  std::string_view help;  // one line, lower case, no full stop
  std::span<const Field> params, result;
  std::span<const Field> record = {};  // members of one stream record; not empty for a method that opens a subscription
  bool streams() const { return !record.empty(); }
};

std::span<const Method> methods();
std::span<const Shape> shapes();
const Method* find_method(std::string_view name);
const Shape* find_shape(std::string_view name);

}  // namespace rpc
