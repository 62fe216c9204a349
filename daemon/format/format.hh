// What all formats share: bytes to messages and messages to bytes, without I/O.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/result.hh"
#include "bgp/message.hh"

namespace format {

// json7 is the JSON form of 2024, with the length of the body before the type; reading is the same for both.
// bgpdump is written only, and stands last for that.
enum class Kind : std::uint8_t { json, json7, raw, mrt, bmp, obmp, exa, bgpdump };
inline constexpr std::string_view kind_names[] = {"json", "json7", "raw", "mrt", "bmp", "obmp", "exa", "bgpdump"};
constexpr std::string_view name(Kind k) { return kind_names[static_cast<std::size_t>(k)]; }
// By its name in any case.
std::optional<Kind> parse_kind(std::string_view);

// Takes messages one by one as a decoder finds them; the view is valid during the call.
class Sink {
 public:
  virtual void message(const bgp::MessageView&) = 0;
  // So many bytes at this offset of the stream were passed over, and why; only where `pardon` allows it.
  virtual void pardoned(std::uint64_t /*offset*/, std::uint64_t /*bytes*/, std::string_view /*why*/) {}

 protected:
  ~Sink() = default;
};

struct DecoderOptions {
  bool pardon = false;  // skip what cannot be decoded and go on with the next record
  // For messages whose source does not say how they are encoded; guess: from each message itself where it tells
  // (bgp/guess.hh), else as here.
  bgp::Context context;
  bool guess = false;
  bool bundle = true;  // routes of a table share messages; else each is one of its own, in the order of the table
};

// Bytes in, messages out. One instance a stream, one thread.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Decodes every whole record in data and says how many bytes it used; the caller presents the rest again with more
  // behind it. An error names the offset in the stream and what is wrong there. Records are bounded: max_record.
  virtual base::Result<std::size_t> decode(base::Bytes data, Sink&) = 0;
  // At the end of the stream: a last line without newline is a line; half a record is an error.
  virtual base::Result<> finish(base::Bytes rest, Sink&) = 0;
  // Gives what it still holds of the records it has used, when the stream breaks off. finish() and an error of decode()
  // do so too.
  virtual void flush(Sink&) {}
  std::uint64_t pardoned() const noexcept { return pardoned_; }
  // Records of types that hold neither messages nor routes, or that are not known.
  virtual std::uint64_t skipped() const noexcept { return 0; }

 protected:
  // What cannot be read, from its first byte on.
  struct Gap {
    std::uint64_t offset = 0;
    std::string why;
  };
  void pardon(Sink& sink, std::uint64_t offset, std::uint64_t bytes, std::string_view why) {
    ++pardoned_;
    sink.pardoned(offset, bytes, why);
  }

 private:
  std::uint64_t pardoned_ = 0;
};
inline constexpr std::size_t max_record = std::size_t{1} << 20;

// Messages in, bytes out.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends the message; formats that cannot hold it append nothing and return false.
  virtual bool encode(const bgp::MessageView&, base::Buffer& out) = 0;
  // What is appended from now on stands in another file; formats with a beginning write it again.
  virtual void begin_stream() {}
  // What no message keeps in this form, such as "times"; empty: all of it is kept, or what is lost is the form's
  // purpose.
  virtual std::string_view leaves_out() const { return {}; }
};

// Null for a form that is written only.
std::unique_ptr<Decoder> make_decoder(Kind, const DecoderOptions&);
std::unique_ptr<Encoder> make_encoder(Kind);

// By content: the first bytes of a decompressed stream (16 or more of them where there are as many). Nothing: not
// known.
std::optional<Kind> detect(base::Bytes start);

}  // namespace format
