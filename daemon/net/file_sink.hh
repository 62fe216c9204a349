// A file, pipe or terminal written piece by piece and compressed. It blocks: this is what FileWriter's thread does.
//
// An archive is written under a temporary name, "<path>.tmp", and gets its own when it is closed; a file of that name
// is never overwritten. Each write to disk ends where a reader can stop, so that what a crash leaves can be read; it is
// given its name when the same path is opened again. A lock keeps two writers off one file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "base/result.hh"
#include "net/compress.hh"
#include "net/fd.hh"

namespace net {

struct FileOptions {
  std::optional<Codec> codec = {};  // none given: by the extension
  bool append = false;              // to the file itself, compressed data as a further member
  bool create = false;              // fail if it exists
  // For FileWriter: compressed data reaches the disk at least this often, other data as soon as the thread gets to it;
  // and how long destroying an open writer may take.
  base::Nanos flush_every = base::second;
  base::Nanos drain_bound = 3 * base::second;
};

// Of what was given to write().
struct Amount {
  std::uint64_t records = 0, bytes = 0;  // bytes before compression
};

// What became of it.
struct WrittenFile {
  std::string path;        // empty: nothing was written, so there is no file
  std::uint64_t size = 0;  // of the file; in descriptors and pipes what was written
  std::string wanted;      // the name it was to have
  Amount kept;
  std::string failure =
      {};  // why the rest is missing: the file was cut back to the last whole record; empty: all is there
};

class FileSink {
 public:
  // "-" is standard output. A path that is no plain file (FIFO, device) is written as it is. Missing directories are
  // made.
  static base::Result<FileSink> open(const std::string& path, FileOptions options);
  // Writes to a duplicate of the descriptor, where it stands; `name` is for error texts.
  static base::Result<FileSink> duplicate(int fd, std::string name, Codec codec);

  // The slow rest of opening. Gives the name of an unfinished archive that an earlier run left, or an empty one.
  std::string prepare();
  // So many whole records. After an error nothing more is written, and what the file then holds is whole.
  base::Result<> write(base::Bytes data, std::uint64_t records);
  // All that was written so far can be read by others then.
  base::Result<> flush();
  // An error is that no file of that name holds what was written: it is lost.
  base::Result<WrittenFile> close();

  bool packed() const noexcept { return codec_ != Codec::none; }
  // Bytes that no flush has written yet.
  bool unflushed() const noexcept { return unflushed_; }
  const std::string& name() const noexcept { return name_; }
  const Amount& kept() const noexcept { return kept_; }
  // What failed is that nobody reads the pipe or socket any more.
  bool reader_gone() const noexcept { return reader_gone_; }
  // Writing to a pipe that takes nothing gives up when this descriptor becomes readable.
  void set_stop(int fd) noexcept { stop_ = fd; }

 private:
  enum class Kind : std::uint8_t { descriptor, archive, appended };
  FileSink(Kind kind, std::string name, Codec codec) : kind_(kind), name_(std::move(name)), codec_(codec) {}
  base::Result<> begin();
  base::Result<> open_temporary();
  base::Result<> open_appended();
  base::Result<> lock();
  void look_at_descriptor();
  base::Result<> write_out();
  base::Result<> put(base::Bytes data);
  base::Result<std::string> settle();
  bool is_removed() const;
  std::unexpected<base::Error> failed(const std::string& what);

  Kind kind_;
  std::string name_;
  Codec codec_;
  Fd fd_;
  int stop_ = -1;
  std::unique_ptr<Deflater> deflater_;
  base::Buffer out_;  // to be written
  std::string left_over_;
  Fd left_over_fd_;
  std::uint64_t size_ = 0;  // written, up to a place where the file is whole
  Amount taken_, kept_;
  std::string failure_;  // the first
  bool unflushed_ = false, reader_gone_ = false;
  bool pollable_ = false, socket_ = false, small_writes_ = false;
};

}  // namespace net
