// Compression of files: which codec, and streaming both ways. Memory stays bounded whatever the data claims to be.
// Used by the helper threads of FileReader and FileWriter; one object belongs to one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hh"
#include "base/result.hh"

namespace net {

enum class Codec : std::uint8_t { none, gzip, bzip2, zstd, xz, lz4 };

// For error texts: what parse_codec reads.
inline constexpr std::string_view codec_choices = "auto, none, gzip, bzip2, zstd, xz or lz4";

// "none", "gzip", "bzip2", "zstd", "xz", "lz4".
std::string_view codec_name(Codec codec);
// Reads the values of --compress and --decompress: "none" or "", "gz", "gzip", "bz2", "bzip2", "zst", "zstd", "xz",
// "lz4" and their relatives; "auto" sets no codec. False on any other name.
bool parse_codec(std::string_view name, std::optional<Codec>& out);
// By the last extension of a file name: ".gz", ".bz2", ".zst", ".zstd", ".xz", ".lz4", else none.
Codec codec_by_name(std::string_view path);
// The name without that extension.
std::string_view without_codec(std::string_view path);
// By the first bytes. Nothing when there are too few of them to tell; at the end of the data that means none.
std::optional<Codec> codec_by_magic(base::Bytes first);

// Decompresses one stream of concatenated members. Zero bytes behind the last member are padding, anything else is an
// error. What would need more than 128 MiB of memory is refused.
class Inflater {
 public:
  // Codec::none copies.
  static base::Result<std::unique_ptr<Inflater>> make(Codec codec);
  virtual ~Inflater() = default;

  // Takes bytes from the front of `in` and appends at most `room` bytes to `out`. When out grew by less than room, all
  // of `in` was taken. Some of what it holds may then be on its way still: an empty `in` waits for that, and when out
  // grew by less than room, there is no more. An error sticks; what was appended before it is good.
  base::Result<> feed(base::Bytes& in, base::Buffer& out, std::size_t room);
  // At the end of the input, when there is no more to come out: an error if it stops inside a member.
  base::Result<> finish() const;
  // The input so far ends where a member ends.
  virtual bool at_end() const = 0;
  // A guess at the bytes that would end the open member here, right only if the input so far stops at a flush point of
  // Deflater: feed them, at_end() tells. Empty where there is no such thing.
  virtual base::Buffer closing() const { return {}; }

 protected:
  explicit Inflater(Codec codec) : codec_(codec) {}
  virtual base::Result<> advance(base::Bytes& in, base::Buffer& out, std::size_t room) = 0;
  // Of the input, for error texts.
  virtual std::uint64_t position() const { return taken_; }

 private:
  Codec codec_;
  bool failed_ = false;
  std::uint64_t taken_ = 0;
};

// Compresses into one member; writing on after finish() begins another one.
class Deflater {
 public:
  // Codec::none copies.
  static base::Result<std::unique_ptr<Deflater>> make(Codec codec);
  virtual ~Deflater() = default;

  virtual base::Result<> write(base::Bytes in, base::Buffer& out) = 0;
  // Everything written so far can be read back from what is out by then.
  virtual base::Result<> flush(base::Buffer& out) = 0;
  // Ends the member. Without data since the last one nothing is appended.
  virtual base::Result<> finish(base::Buffer& out) = 0;
};

}  // namespace net
