// A supervised child process on a loop: bytes to its standard input, bytes from its standard output, lines from its
// standard error. It leads a process group of its own, which ends with it. Nothing that the child does, or does not do,
// holds up the loop. Everything here is called on the loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "base/result.hh"
#include "net/line_cutter.hh"
#include "net/loop.hh"
#include "net/spawn.hh"
#include "net/stream.hh"
#include "net/timer.hh"

namespace net {

class Process {
 public:
  // All calls come from the loop, never from inside a call to the process; any of them may destroy it.
  class Handler {
   public:
    // As Stream::Handler::on_read: uses whole records and returns how many bytes that were.
    virtual std::size_t on_output(base::Bytes data) = 0;
    // No more output: it closed the pipe (empty text), or what it printed was not used for too long. unread() shows
    // what on_output left.
    virtual void on_output_end(std::string_view /*error*/) {}
    // A line of standard error, cut at 4 KiB, at most 100 in a second; bytes as they are.
    virtual void on_error_line(std::string_view line) = 0;
    // pending() fell to zero.
    virtual void on_writable() {}
    // It closed its standard input; what was pending is lost.
    virtual void on_input_end() {}
    // Last call. signal: what killed it, or 0 and then status is its exit status. Comes when all it printed has been
    // given, or one second after its end if others still hold its pipes. While output is paused it waits.
    virtual void on_exit(int status, int signal) = 0;

   protected:
    ~Handler() = default;
  };

  // Reading starts at once. max_record: more unused bytes of output than this are an error.
  static base::Result<std::unique_ptr<Process>> spawn(Loop& loop, const Command& command, Handler& handler,
                                                      std::size_t max_record = std::size_t{4} * 1024 * 1024);
  // Kills the whole group at once. The loop reaps the child.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The bytes may be reused when it returns. What the pipe does not take waits in pending(), which the owner bounds.
  // After close_input() or on_input_end() it is dropped.
  void write(std::span<const base::Bytes> pieces);
  void write(base::Bytes piece) { write({&piece, 1}); }
  std::size_t pending() const noexcept { return in_->pending(); }
  // What it was given and has not read: pending(), and what stands in its pipe.
  std::size_t unread_input() const noexcept;
  // When the child last took bytes, or the first byte began to wait, whichever is later.
  base::Nanos last_progress() const noexcept { return in_->last_progress(); }
  // End of file for the child, behind what is pending.
  void close_input();

  void pause_output();
  void resume_output();
  bool output_paused() const noexcept { return paused_; }
  base::Bytes unread() const noexcept { return out_->unread(); }

  // SIGTERM to the group; SIGKILL to what of it still lives when the grace is over. on_exit follows.
  void terminate(base::Nanos grace);

  pid_t pid() const noexcept { return pid_; }
  bool exited() const noexcept { return exited_; }

 private:
  enum class Which : unsigned char { in, out, err };
  struct End final : Stream::Handler {
    End(Process& p, Which w) : process(p), which(w) {}
    std::size_t on_read(base::Bytes data) override;
    void on_end(EndReason reason) override;
    void on_writable() override;
    Process& process;
    const Which which;
  };

  Process(Loop& loop, Child child, Handler& handler, std::size_t max_record);
  base::Result<> watch();
  std::size_t error_text_came(base::Bytes data);
  bool tell_lines(const std::vector<std::string>& lines);
  void output_ended(const EndReason& reason);
  void error_ended();
  void on_child_end();
  void finish_if_over();
  void finish();
  bool reap();

  Loop& loop_;
  Handler& handler_;
  const pid_t pid_;
  Fd watch_fd_;
  Handle<uv_poll_s> watch_;
  End in_end_{*this, Which::in}, out_end_{*this, Which::out}, err_end_{*this, Which::err};
  std::unique_ptr<Stream> in_, out_, err_;
  LineCutter cutter_;
  Timer linger_;  // for pipes that others hold
  Timer kill_;
  int status_ = 0, signal_ = 0;
  bool* gone_ = nullptr;  // tells a loop of calls that one of them destroyed the process
  bool paused_ = false, output_over_ = false, error_over_ = false;
  bool exited_ = false, reaped_ = false;
};

}  // namespace net
