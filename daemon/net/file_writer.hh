// Writes a file, pipe or terminal for a loop: the loop moves whole buffers in, a helper thread compresses and writes
// them. What it promises about names, crashes and full disks stands in net/file_sink.hh. Everything here is called on
// the loop's thread, and the handler is called from the loop, never from inside a call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "base/result.hh"
#include "net/file_sink.hh"
#include "net/helper_thread.hh"
#include "net/loop.hh"
#include "net/mailbox.hh"

namespace net {

class FileWriter {
 public:
  // Any of the calls may destroy the writer.
  class Handler {
   public:
    // Less than low_mark bytes wait, after writable() was false.
    virtual void on_writable() {}
    // "updates.mrt: no space left on device". Once; what was written before stays whole, what comes is dropped.
    virtual void on_error(std::string_view text) = 0;

   protected:
    ~Handler() = default;
  };

  static constexpr std::size_t high_mark = std::size_t{4} * 1024 * 1024;
  static constexpr std::size_t low_mark = std::size_t{1} * 1024 * 1024;

  // "-" is standard output.
  static base::Result<std::unique_ptr<FileWriter>> open(Loop& loop, const std::string& path, FileOptions options,
                                                        Handler& handler);
  static base::Result<std::unique_ptr<FileWriter>> duplicate(Loop& loop, int fd, std::string name, FileOptions options,
                                                             Handler& handler);
  // Closes and waits for it, at most the drain bound; use close() first not to hold up the loop.
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  // So many whole records. Always takes it: the owner stops when writable() says no.
  void write(base::Buffer&& data, std::uint64_t records = 0);
  // An empty buffer to fill, one that was written before if there is one.
  base::Buffer spare();
  bool writable() const noexcept { return !full_; }
  // Bytes that wait for the thread.
  std::size_t pending() const;
  // The error is that nobody reads the pipe or socket any more.
  bool reader_gone() const;
  // What the file holds by now.
  Amount kept() const;
  // Bytes given to write().
  std::uint64_t taken() const noexcept { return taken_; }
  // Writes what waits and ends the file; then calls, unless the writer is destroyed before. The handler is not called
  // any more.
  void close(std::move_only_function<void(base::Result<WrittenFile>)> done);

 private:
  struct Shared;
  FileWriter(Loop& loop, std::shared_ptr<Shared> shared, FileOptions options, Handler& handler);
  static base::Result<std::unique_ptr<FileWriter>> start(Loop& loop, base::Result<FileSink> sink, FileOptions options,
                                                         Handler& handler);
  void deliver();

  const std::shared_ptr<Shared> shared_;
  const base::Nanos drain_bound_;
  Handler& handler_;
  Mailbox box_;
  HelperThread thread_;
  std::move_only_function<void(base::Result<WrittenFile>)> done_;
  std::uint64_t taken_ = 0;
  bool full_ = false, closing_ = false;
};

}  // namespace net
