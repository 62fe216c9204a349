#include "net/process.hh"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <uv.h>

#include <utility>
#include <vector>

namespace net {

namespace {

constexpr base::Nanos linger_time = base::second;

// Gives the exit status without blocking; false while the child lives.
bool wait_for(const Fd& watch, int flags, siginfo_t& info) {
  info = {};
  return ::waitid(P_PIDFD, static_cast<id_t>(watch.get()), &info, WEXITED | WNOHANG | flags) == 0 && info.si_pid != 0;
}

Handle<uv_poll_t> poll_on(Loop& loop, const Fd& fd, void* owner) {
  auto* const h = new uv_poll_t;
  if (uv_poll_init(loop.raw(), h, fd.get()) != 0) {
    delete h;
    return {};
  }
  h->data = owner;
  return Handle<uv_poll_t>(h);
}

// A killed child that has not ended yet: nobody waits for it but the loop.
class Orphan final : public Kept {
 public:
  Orphan(Loop& loop, Fd watch) : watch_(std::move(watch)), poll_(poll_on(loop, watch_, this)) {
    if (!poll_) return;
    uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* h, int, int) {
      auto* const orphan = static_cast<Orphan*>(h->data);
      if (orphan != nullptr && orphan->reap()) delete orphan;
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));
  }
  ~Orphan() override { reap(); }

 private:
  bool reap() {
    siginfo_t ignored;
    return wait_for(watch_, 0, ignored);
  }
  Fd watch_;
  Handle<uv_poll_t> poll_;
};

}  // namespace

base::Result<std::unique_ptr<Process>> Process::spawn(Loop& loop, const Command& command, Handler& handler,
                                                      std::size_t max_record) {
  auto child = net::spawn(command);
  if (!child) return std::unexpected(std::move(child.error()));
  std::unique_ptr<Process> process(new Process(loop, std::move(*child), handler, max_record));
  if (auto ok = process->watch(); !ok) return std::unexpected(std::move(ok.error()));
  return process;
}

Process::Process(Loop& loop, Child child, Handler& handler, std::size_t max_record)
    : loop_(loop),
      handler_(handler),
      pid_(child.pid),
      watch_fd_(std::move(child.watch)),
      in_(Stream::adopt(loop, std::move(child.in), in_end_)),
      out_(Stream::adopt(loop, std::move(child.out), out_end_, max_record)),
      err_(Stream::adopt(loop, std::move(child.err), err_end_)),
      linger_(loop, [this] { finish(); }),
      kill_(loop, [this] { ::kill(-pid_, SIGKILL); }) {
  out_->read_start();
  err_->read_start();
}

base::Result<> Process::watch() {
  watch_ = poll_on(loop_, watch_fd_, this);
  if (!watch_) return base::fail("cannot watch a child process");
  uv_poll_start(watch_.get(), UV_READABLE, [](uv_poll_t* h, int, int) {
    if (h->data != nullptr) static_cast<Process*>(h->data)->on_child_end();
  });
  return {};
}

Process::~Process() {
  if (gone_ != nullptr) *gone_ = true;
  if (reaped_) return;
  // As long as the child is not reaped its number cannot belong to another group.
  ::kill(-pid_, SIGKILL);
  if (reap()) return;
  watch_.reset();
  loop_.keep(std::make_unique<Orphan>(loop_, std::move(watch_fd_)));
}

void Process::write(std::span<const base::Bytes> pieces) { in_->write(pieces); }

std::size_t Process::unread_input() const noexcept {
  int in_pipe = 0;
  if (::ioctl(in_->fd(), FIONREAD, &in_pipe) != 0) in_pipe = 0;
  return pending() + static_cast<std::size_t>(in_pipe);
}

void Process::close_input() { in_->shutdown(); }

void Process::pause_output() {
  paused_ = true;
  out_->read_stop();
  linger_.stop();
}

void Process::resume_output() {
  if (!std::exchange(paused_, false)) return;
  out_->read_start();
  if (exited_) linger_.start(linger_time);
}

void Process::terminate(base::Nanos grace) {
  if (exited_) return;
  if (grace <= 0) {
    ::kill(-pid_, SIGKILL);
    return;
  }
  ::kill(-pid_, SIGTERM);
  ::kill(-pid_, SIGCONT);  // a stopped program could not take note
  kill_.start(grace);
}

std::size_t Process::End::on_read(base::Bytes data) {
  return which == Which::out ? process.handler_.on_output(data) : process.error_text_came(data);
}

void Process::End::on_end(EndReason reason) {
  switch (which) {
    case Which::in: process.handler_.on_input_end(); return;
    case Which::out: process.output_ended(reason); return;
    case Which::err: process.error_ended(); return;
  }
}

void Process::End::on_writable() { process.handler_.on_writable(); }

std::size_t Process::error_text_came(base::Bytes data) {
  std::vector<std::string> lines;
  const std::size_t used = cutter_.cut(data, loop_.now(), lines);
  tell_lines(lines);
  return used;
}

// False: one of the calls destroyed the process.
bool Process::tell_lines(const std::vector<std::string>& lines) {
  bool gone = false;
  gone_ = &gone;
  for (const std::string& line : lines) {
    handler_.on_error_line(line);
    if (gone) return false;
  }
  gone_ = nullptr;
  return true;
}

void Process::output_ended(const EndReason& reason) {
  output_over_ = true;
  bool gone = false;
  gone_ = &gone;
  handler_.on_output_end(reason.text);
  if (gone) return;
  gone_ = nullptr;
  finish_if_over();
}

void Process::error_ended() {
  error_over_ = true;
  std::vector<std::string> lines;
  cutter_.end(err_->unread(), loop_.now(), lines);
  if (tell_lines(lines)) finish_if_over();
}

// It stays a zombie until finish(), so that its number keeps naming its group.
void Process::on_child_end() {
  siginfo_t info;
  if (!wait_for(watch_fd_, WNOWAIT, info)) return;
  watch_.reset();
  exited_ = true;
  (info.si_code == CLD_EXITED ? status_ : signal_) = info.si_status;
  if (!paused_) linger_.start(linger_time);
  finish_if_over();
}

void Process::finish_if_over() {
  if (exited_ && output_over_ && error_over_) finish();
}

// The last thing a caller does here: the handler may destroy the process.
void Process::finish() {
  ::kill(-pid_, SIGKILL);
  reap();
  linger_.stop();
  kill_.stop();
  for (Stream* s : {in_.get(), out_.get(), err_.get()}) s->close();
  handler_.on_exit(status_, signal_);
}

bool Process::reap() {
  siginfo_t ignored;
  if (wait_for(watch_fd_, 0, ignored)) reaped_ = true;
  return reaped_;
}

}  // namespace net
