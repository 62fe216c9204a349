// JSON lines (JSON.md) straight into wire form: no tree of ours, no allocation in the steady state.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "bgp/message.hh"
#include "format/format.hh"

namespace format {

// Where a line is wrong, as far as that can be said.
struct JsonFault {
  std::size_t column = 0;  // of the byte where the value begins, or where one is missing, from 1; 0: not known
  std::string value;       // what stands there, bounded, printable
};

// Reads single lines. One thread.
class JsonReader {
 public:
  // The context and the guess are for UPDATEs given in hex; any other is read into the canonical context.
  explicit JsonReader(const DecoderOptions& options = {});
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;

  // A line without its newline, with `behind` readable bytes behind it: 0 will do, 64 of which the first is a newline
  // or space spare a copy. False: an empty line or a comment. The message is used again and again, so that its memory
  // is.
  base::Result<bool> read(std::string_view line, std::size_t behind, bgp::OwnedMessage& out);
  // Of the line that read() failed on last.
  const JsonFault& fault() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Cuts a stream into lines.
class JsonDecoder final : public Decoder {
 public:
  explicit JsonDecoder(const DecoderOptions& options) : reader_(options), pardon_(options.pardon) {}
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  base::Result<> finish(base::Bytes rest, Sink& sink) override;

 private:
  base::Result<> line(std::string_view text, std::size_t behind, Sink& sink);
  std::string place() const;

  JsonReader reader_;
  bgp::OwnedMessage message_;
  bool pardon_, skipping_ = false;  // skipping: in the middle of a line that is too long
  std::uint64_t offset_ = 0;        // of the next byte in the stream
  std::uint64_t line_ = 1;          // number of the next line in the stream
};

}  // namespace format
