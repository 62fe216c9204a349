// One libuv loop: the thread that runs it owns everything made on it. A Loop may be made on one thread and run on
// another, one after the other. It must outlive all that was made on it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "net/handle.hh"

struct uv_loop_s;

namespace net {

// Membership in a list of things to do; unlinks itself.
struct Link {
  Link() = default;
  ~Link() { unlink(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  bool linked() const noexcept { return next != this; }
  void unlink() noexcept {
    previous->next = next;
    next->previous = previous;
    next = previous = this;
  }
  void append(Link& l) noexcept {
    l.previous = previous;
    l.next = this;
    previous->next = &l;
    previous = &l;
  }
  Link* next = this;
  Link* previous = this;
};

// Read buffers of one loop. One is borrowed while a descriptor is read or while output waits for the kernel, so an
// idle connection holds none and a busy one allocates nothing.
class BufferPool {
 public:
  static constexpr std::size_t buffer_size = std::size_t{256} << 10;

  // An empty buffer with room for at least buffer_size bytes.
  base::Buffer borrow();
  // Keeps it for the next one; a buffer that grew far beyond its size, or one too many, is freed.
  void give_back(base::Buffer&& buffer) noexcept;

 private:
  static constexpr std::size_t kept = 16;
  std::vector<base::Buffer> free_;
};

// Something that nobody but the loop owns; it deletes itself when done, or goes with the loop.
struct Kept : Link {
  virtual ~Kept() = default;
};

class Deferred;

class Loop final : public base::Clock {
 public:
  Loop();
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_s* raw() noexcept { return loop_.get(); }
  // Until stop(), or until nothing is left that could call back. May be called again.
  void run();
  // Ends run() after the current turn. On the loop's own thread; other threads post it to a Mailbox.
  void stop();

  // Time of the current burst of callbacks: one clock call a burst, so intervals within a burst are 0. Exact while the
  // loop does not run.
  base::Nanos now() const { return mono(); }
  base::Nanos mono() const override;
  base::Nanos wall() const override;

  BufferPool& read_buffers() noexcept { return buffers_; }
  void keep(std::unique_ptr<Kept> k) noexcept { kept_.append(*k.release()); }
  // Something it keeps is not done yet.
  bool keeps_any() const noexcept { return kept_.linked(); }

 private:
  friend class Deferred;
  void forget_time() noexcept { mono_ = wall_ = 0; }
  void run_deferred();
  void defer(Link& l);

  std::unique_ptr<uv_loop_s> loop_;
  Handle<uv_prepare_s> before_poll_;
  Handle<uv_check_s> after_poll_;
  Handle<uv_idle_s> idle_;
  BufferPool buffers_;
  Link deferred_, kept_;
  Deferred* running_ = nullptr;
  bool turning_ = false;
  mutable base::Nanos mono_ = 0, wall_ = 0;
};

// Something to do in the next turn of the loop, with nothing of the present one on the stack. Needs no allocation when
// scheduled. Destroying it, also from inside its own call, is fine.
class Deferred : private Link {
 public:
  Deferred(Loop& loop, std::move_only_function<void()> call) : loop_(loop), call_(std::move(call)) {}
  ~Deferred() {
    if (loop_.running_ == this) loop_.running_ = nullptr;
  }

  // Once, however often it is asked before it ran. Calls run in the order in which they were scheduled.
  void schedule() {
    if (!linked()) loop_.defer(*this);
  }
  void cancel() noexcept { unlink(); }
  bool scheduled() const noexcept { return linked(); }

 private:
  friend class Loop;
  Loop& loop_;
  std::move_only_function<void()> call_;
};

}  // namespace net
