#include "net/bzip2_crew.hh"

#include <algorithm>
#include <thread>
#include <utility>

#include "net/bzip2_block.hh"

namespace net::codecs {

namespace {
constexpr unsigned most_threads = 4;
// Holds what most blocks make; the run lengths of one may make fifty times as much.
constexpr std::size_t chunk = std::size_t{1} << 20;
}  // namespace

struct Bzip2Crew::Job {
  char level;
  base::Buffer bits;
  base::Buffer made;  // waits to be taken; this and the rest under the lock
  State state = State::working;
  bool cancelled = false;
};

Bzip2Crew::Bzip2Crew() {
  const unsigned wanted = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
  threads_.reserve(wanted);
  while (threads_.size() < wanted) {
    HelperThread thread;
    if (!thread.start("bzip2", [this] { work(); })) break;
    threads_.push_back(std::move(thread));
  }
}

Bzip2Crew::~Bzip2Crew() {
  {
    const std::scoped_lock hold(lock_);
    stopping_ = true;
    changed_.notify_all();
  }
  threads_.clear();
}

Bzip2Crew::Ticket Bzip2Crew::submit(char level, base::Buffer&& bits) {
  auto job = std::make_shared<Job>(level, std::move(bits));
  const std::scoped_lock hold(lock_);
  queue_.push_back(job);
  changed_.notify_one();
  return job;
}

Bzip2Crew::State Bzip2Crew::take(Job& job, base::Buffer& out, bool wait) {
  std::unique_lock hold(lock_);
  if (wait) progress_.wait(hold, [&] { return !job.made.empty() || job.state != State::working; });
  if (!job.made.empty()) {
    out = std::move(job.made);
    job.made.clear();
    changed_.notify_all();
  }
  return job.state;
}

void Bzip2Crew::give_back(base::Buffer&& buffer) {
  buffer.clear();
  const std::scoped_lock hold(lock_);
  if (spares_.size() < threads_.size()) spares_.push_back(std::move(buffer));
}

void Bzip2Crew::cancel(const Ticket& job) {
  const std::scoped_lock hold(lock_);
  job->cancelled = true;
  std::erase(queue_, job);
  changed_.notify_all();
}

void Bzip2Crew::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    changed_.wait(hold, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Ticket job = std::move(queue_.front());
    queue_.pop_front();
    hold.unlock();
    decode(*job);
    hold.lock();
  }
}

void Bzip2Crew::decode(Job& job) {
  Bzip2Block block(job.level);
  base::Bytes in = job.bits;
  block.feed(in);
  base::Buffer made;
  {
    const std::scoped_lock hold(lock_);
    if (!spares_.empty()) {
      made = std::move(spares_.back());
      spares_.pop_back();
    }
  }
  for (;;) {
    while (made.size() < chunk && !block.done() && !block.failed()) {
      const std::size_t room = chunk - made.size();
      made.commit(block.take(made.reserve(room), room));
      if (!block.begun()) break;
    }
    // What follows the block up to the next one is not of this format.
    if (block.done() || block.failed())
      hand_over(job, made, block.done() && in.empty() ? State::done : State::damaged);
    else if (!block.begun())
      hand_over(job, made, State::cut);
    else if (hand_over(job, made, State::working))
      continue;
    return;
  }
}

// False: nobody wants it any more.
bool Bzip2Crew::hand_over(Job& job, base::Buffer& made, State state) {
  std::unique_lock hold(lock_);
  changed_.wait(hold, [&] { return stopping_ || job.cancelled || job.made.empty(); });
  if (stopping_ || job.cancelled) return false;
  job.made = std::move(made);
  made.clear();
  job.state = state;
  progress_.notify_one();
  return true;
}

}  // namespace net::codecs
