// Tasks from any thread to the thread that runs a loop. Everything that crosses a thread goes through one of these,
// as values.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "net/loop.hh"

namespace net {

using Task = std::move_only_function<void()>;

class Mailbox {
 public:
  // Made, closed and destroyed on the reader's thread (or while that thread does not run); the posting threads must
  // have stopped posting when it is destroyed. bound: counted tasks that may wait.
  Mailbox(Loop& reader, std::size_t bound);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread; false when full or closed, and then the task is gone. Tasks run in the order of all posts, at most
  // burst of them in one turn of the loop.
  bool post(Task task);
  // For control traffic, whose amount is bounded by other means: not counted, refused only after close().
  bool post_always(Task task);
  // What waits is dropped, what comes is refused. Reader's thread; a task may do it.
  void close();
  // Counted tasks that wait; any thread.
  std::size_t waiting() const noexcept { return counted_.load(std::memory_order_relaxed); }
  // An open mailbox that alone does not keep Loop::run going.
  void unref();

  static constexpr std::size_t burst = 256;

 private:
  struct Item {
    Task task;
    bool counted;
  };
  bool put(Task task, bool counted);
  bool take(Item& out);
  void run();

  const std::size_t bound_;
  std::mutex lock_;
  std::deque<Item> items_;
  bool closed_ = false;
  bool woken_ = false;
  std::atomic<std::size_t> counted_ = 0;
  Handle<uv_async_s> wake_;
};

}  // namespace net
