// Values or errors: nothing that comes from outside throws.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace base {

// An error for a person: what is wrong, with its place, and what would be right.
struct Error {
  std::string text;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string text) { return std::unexpected(Error{std::move(text)}); }

}  // namespace base
