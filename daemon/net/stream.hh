// A connected TCP or UNIX stream socket, or the end of a pipe, on a loop. This is the hot path: it reads 256 KiB at a
// time into a borrowed buffer, writes straight from the caller's bytes, and allocates nothing while the kernel keeps
// up. Bytes the kernel does not take are copied once; the owner bounds them by watching pending().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "net/fd.hh"
#include "net/loop.hh"

struct iovec;

namespace net {

struct EndReason {
  enum class Kind : unsigned char {
    fin,    // the other end has finished; it may still read
    reset,  // the connection is gone: reset, timed out, broken pipe
    error   // of our own making: too much unused data, a descriptor that cannot be watched
  };
  Kind kind;
  std::string text;  // "connection reset by peer"; empty for fin
};

class Stream {
 public:
  // All calls come from the loop, never from inside a call to the stream; any of them may destroy or close it.
  class Handler {
   public:
    // Uses whole records and returns how many bytes that were. The rest comes again, with more behind it, always
    // contiguous. It may call read_stop(): what it does not use is then kept, however much it is, and is given again
    // in a turn after read_start().
    virtual std::size_t on_read(base::Bytes data) = 0;
    // Reading is over; unread() shows what was left unused. Comes once, except that after `fin` a reset or an error
    // may still follow when what is written fails. What was received before a reset is given to on_read first.
    virtual void on_end(EndReason reason) = 0;
    // pending() fell to zero.
    virtual void on_writable() {}

   protected:
    ~Handler() = default;
  };

  static constexpr std::size_t default_max_tail = std::size_t{128} << 10;
  static constexpr std::size_t turn_budget = std::size_t{1} << 20;

  // Takes the descriptor. It does not read until read_start(). More than max_tail unused bytes, while reading is on,
  // end the stream with an error. Never null: what fails is told by on_end in the next turn.
  static std::unique_ptr<Stream> adopt(Loop& loop, Fd fd, Handler& handler, std::size_t max_tail = default_max_tail);
  // As close().
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void read_start();
  void read_stop();
  bool reading() const noexcept { return reading_; }

  // The bytes may be reused when it returns. Failures are told by on_end in a later turn; what is written after one,
  // or after shutdown(), is dropped.
  void write(std::span<const base::Bytes> pieces);
  void write(base::Bytes piece) { write({&piece, 1}); }
  // Bytes that wait for the kernel.
  std::size_t pending() const noexcept { return pending_; }
  // When the kernel last took bytes, or the first byte began to wait, whichever is later. RFC 9687: with pending() != 0
  // the peer is stuck since then.
  base::Nanos last_progress() const noexcept { return last_progress_; }

  // FIN once pending() is zero; reading goes on. A pipe is closed then.
  void shutdown();
  // Ends at once: pending bytes are dropped; no further calls. Unread data in the kernel turns the FIN into a reset; to
  // say farewell properly use linger() of net/linger.hh.
  void close();
  // Ends at once with a reset.
  void abort();
  bool closed() const noexcept { return !fd_; }

  int fd() const noexcept { return fd_.get(); }
  base::Bytes unread() const noexcept { return tail_; }
  // From now on calls go there.
  void set_handler(Handler& handler) noexcept { handler_ = &handler; }
  Loop& loop() noexcept { return loop_; }
  // Ends the watching and gives the descriptor up; pending and unread bytes are lost unless taken before.
  Fd release();

 private:
  Stream(Loop& loop, Fd fd, Handler& handler, std::size_t max_tail);
  void on_event(int status, int events);
  void on_later();
  void read_burst();
  bool read_once(base::Buffer& in, std::size_t& budget);
  bool offer(base::Buffer& in);
  void keep_tail(base::Buffer&& in);
  long send(const ::iovec* pieces, std::size_t count);
  void hold(base::Bytes bytes);
  void flush();
  void sent(std::size_t n) noexcept;
  void drop_output() noexcept;
  void finish_writing();
  void write_failed(int error_number);
  void end(EndReason reason);
  void watch(bool exact);
  void detach() noexcept;

  Loop& loop_;
  Handler* handler_;
  Fd fd_;
  Handle<uv_poll_s> poll_;
  Deferred later_;
  base::Buffer tail_;
  std::vector<base::Buffer> out_;  // what waits for the kernel, in order
  std::size_t out_sent_ = 0;       // of the first of them
  std::size_t pending_ = 0;
  std::size_t max_tail_;
  base::Nanos last_progress_ = 0;
  std::optional<EndReason> failure_;  // to be told
  int watched_ = 0;
  bool socket_ = false;
  bool reading_ = false;
  bool read_over_ = false;
  bool write_over_ = false;
  bool unseen_ = false;  // the tail holds bytes that on_read did not refuse for being incomplete
};

}  // namespace net
