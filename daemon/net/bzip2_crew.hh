// Threads that decode the blocks of one bzip2 stream: each block is a job of its own. All calls are from one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.hh"
#include "net/helper_thread.hh"

namespace net::codecs {

class Bzip2Crew {
 public:
  // cut: these bits are not all of the block, and nothing came of it. damaged: what came out before is as it should be,
  // as far as one can tell.
  enum class State : std::uint8_t { working, done, cut, damaged };
  struct Job;
  using Ticket = std::shared_ptr<Job>;

  Bzip2Crew();
  // Does not wait for jobs that nobody has begun.
  ~Bzip2Crew();
  Bzip2Crew(const Bzip2Crew&) = delete;
  Bzip2Crew& operator=(const Bzip2Crew&) = delete;

  // 0: there is no thread to be had.
  std::size_t size() const noexcept { return threads_.size(); }
  Ticket submit(char level, base::Buffer&& bits);
  // Gives what the block has made since the last call. A job goes ahead by no more than about 2 MiB. Without waiting,
  // or when that is all, out may stay empty.
  State take(Job& job, base::Buffer& out, bool wait);
  // A buffer for take() to be used again.
  void give_back(base::Buffer&& buffer);
  void cancel(const Ticket& job);

 private:
  void work();
  void decode(Job& job);
  bool hand_over(Job& job, base::Buffer& made, State state);

  std::mutex lock_;  // for all below, and for what the jobs share
  std::condition_variable changed_, progress_;
  std::deque<Ticket> queue_;
  std::vector<base::Buffer> spares_;
  bool stopping_ = false;
  std::vector<HelperThread> threads_;
};

}  // namespace net::codecs
