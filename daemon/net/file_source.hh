// A file, pipe or terminal read piece by piece and decompressed. It blocks: this is what FileReader's thread does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hh"
#include "base/result.hh"
#include "net/compress.hh"
#include "net/fd.hh"

namespace net {

class FileSource {
 public:
  // "-" is standard input. Does not wait for the writer of a FIFO. Without a codec the first bytes tell it.
  static base::Result<FileSource> open(const std::string& path, std::optional<Codec> codec);
  // Duplicates the descriptor; `name` is for error texts.
  static base::Result<FileSource> duplicate(int fd, std::string name, std::optional<Codec> codec);

  enum class Got : std::uint8_t { data, end, stopped };
  // Waits for data and appends what there is, at most `room` bytes, without waiting for more of it. Gives up, as
  // stopped, when the descriptor `stop` becomes readable. An error may come with data in front of it.
  base::Result<Got> fill(base::Buffer& out, std::size_t room, int stop);
  // The error was that the compressed data ends too early.
  bool cut() const noexcept { return cut_; }

 private:
  FileSource(Fd fd, std::string name, std::optional<Codec> codec);
  base::Result<> check();
  base::Result<> choose(std::optional<Codec> codec);
  base::Result<> inflate(base::Bytes& in, base::Buffer& out, std::size_t room);
  base::Result<> read_into(base::Buffer& out, std::size_t room);
  bool ready(int stop, int timeout) const;
  std::unexpected<base::Error> failed(const std::string& what) const;

  Fd fd_;
  std::string name_;
  std::optional<Codec> codec_;
  std::unique_ptr<Inflater> inflater_;  // once the codec is known
  base::Buffer packed_;                 // as read
  base::Bytes left_;                    // what of packed_ the inflater has not taken
  bool pollable_ = true;
  bool at_eof_ = false, cut_ = false;
};

}  // namespace net
