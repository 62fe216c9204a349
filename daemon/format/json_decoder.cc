#include <cstring>

#include "bgp/header.hh"
#include "format/json_read.hh"

namespace format {

base::Result<> JsonDecoder::line(std::string_view text, std::size_t behind, Sink& sink) {
  const auto read = reader_.read(text, behind, message_);
  if (!read && pardon_) {
    pardon(sink, offset_, text.size(), read.error().text);
    return {};
  }
  if (!read) {
    const JsonFault& fault = reader_.fault();
    return base::fail(place() + (fault.column == 0 ? "" : ", column " + std::to_string(fault.column)) + ": " +
                      read.error().text + (fault.value.empty() ? "" : ": " + fault.value));
  }
  if (!*read) return {};
  sink.message(message_.view());
  return {};
}

std::string JsonDecoder::place() const {
  return "JSON line " + std::to_string(line_) + ", at offset " + std::to_string(offset_);
}

base::Result<std::size_t> JsonDecoder::decode(base::Bytes data, Sink& sink) {
  const char* const start = reinterpret_cast<const char*>(data.data());
  const char* const end = start + data.size();
  const char* p = start;
  while (p != end) {
    const auto left = static_cast<std::size_t>(end - p);
    const auto* const newline = static_cast<const char*>(std::memchr(p, '\n', left));
    if (!newline && left < max_record && !skipping_) break;
    const std::size_t size = newline ? static_cast<std::size_t>(newline - p) : left;
    if (size >= max_record && !skipping_) {
      const std::string wrong = "longer than " + std::to_string(max_record) + " bytes";
      if (!pardon_) return base::fail(place() + ": " + wrong);
      pardon(sink, offset_, size, wrong);
      skipping_ = true;
    }
    if (!skipping_) {
      const auto done = line({p, size}, static_cast<std::size_t>(end - newline), sink);
      if (!done) return std::unexpected(done.error());
    }
    if (newline) {
      skipping_ = false;
      ++line_;
    }
    const std::size_t used = size + (newline ? 1 : 0);
    p += used;
    offset_ += used;
  }
  return static_cast<std::size_t>(p - start);
}

base::Result<> JsonDecoder::finish(base::Bytes rest, Sink& sink) {
  if (rest.empty() || skipping_) return {};
  return line(base::as_text(rest), 0, sink);
}

}  // namespace format
