// Reads a file, pipe, terminal or URL for a loop: a helper thread reads and decompresses ahead, the loop gets whole
// buffers. Everything here is called on the loop's thread, and the handler is called from the loop, never from inside a
// call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/result.hh"
#include "net/compress.hh"
#include "net/file_source.hh"
#include "net/helper_thread.hh"
#include "net/http_pipe.hh"
#include "net/loop.hh"
#include "net/mailbox.hh"

namespace net {

class FileReader {
 public:
  // Any of the calls may destroy the reader.
  class Handler {
   public:
    // Uses whole records and returns how many bytes that were; the rest comes again with more behind it, always
    // contiguous. It may call pause(): what it does not use is then kept, and given again after resume(), even if
    // nothing came behind it.
    virtual std::size_t on_data(base::Bytes data) = 0;
    // The end; `rest` is what on_data left unused. Last call.
    virtual void on_eof(base::Bytes rest) = 0;
    // "updates.gz: gzip: truncated at byte 1000"; what was good before it has been given, `rest` is what on_data left
    // unused. cut: nothing is wrong but that compressed data ends too early. Last call.
    virtual void on_error(std::string_view text, base::Bytes rest, bool cut) = 0;

   protected:
    ~Handler() = default;
  };

  struct Options {
    std::optional<Codec> codec = {};                        // none given: the first bytes tell
    HttpOptions http = {};                                  // for a URL
    std::size_t max_record = std::size_t{4} * 1024 * 1024;  // more unused bytes than this are an error
  };
  static constexpr std::size_t buffer_size = std::size_t{256} * 1024;
  static constexpr std::size_t buffers = 4;  // in flight

  // "-" is standard input; a URL is fetched. A FIFO that nobody writes to yet is waited for on the thread.
  static base::Result<std::unique_ptr<FileReader>> open(Loop& loop, const std::string& path, Options options,
                                                        Handler& handler);
  // Reads a duplicate of `fd`; `name` is for error texts.
  static base::Result<std::unique_ptr<FileReader>> duplicate(Loop& loop, int fd, std::string name, Options options,
                                                             Handler& handler);
  // Prompt even while the thread waits for data.
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  void pause();
  void resume();
  bool paused() const noexcept { return paused_; }
  // Decompressed bytes that on_data has used: where the next record begins.
  std::uint64_t offset() const noexcept { return offset_; }

 private:
  struct Shared;
  FileReader(Loop& loop, std::shared_ptr<Shared> shared, Options options, Handler& handler);
  static base::Result<std::unique_ptr<FileReader>> fetch(Loop& loop, const std::string& url, Options options,
                                                         Handler& handler);
  static base::Result<std::unique_ptr<FileReader>> start(Loop& loop, base::Result<FileSource> source, Options options,
                                                         Handler& handler);
  void deliver();
  void offer(base::Buffer& buffer);
  void offer_rest();
  void check_rest();
  void finish(const std::string& error, bool cut = false);

  const std::shared_ptr<Shared> shared_;
  std::unique_ptr<HttpPipe> http_;  // where the data comes from, if from a URL
  const Options options_;
  Handler& handler_;
  Mailbox box_;
  Deferred again_;
  HelperThread thread_;
  base::Buffer rest_;  // unused by the handler, in front of what comes next
  std::uint64_t offset_ = 0;
  bool* gone_ = nullptr;  // tells deliver() that a call destroyed the reader
  bool paused_ = false, offer_rest_ = false, over_ = false;
};

}  // namespace net
