#include "net/helper_thread.hh"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>

#include "net/worker.hh"

namespace net {

struct HelperThread::State {
  std::mutex lock;
  std::condition_variable changed;
  bool done = false;
};

HelperThread::~HelperThread() {
  if (thread_.joinable()) thread_.join();
}

base::Result<> HelperThread::start(const char* name, std::move_only_function<void()> work) {
  state_ = std::make_shared<State>();
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([state = state_, name, work = std::move(work)]() mutable {
      pthread_setname_np(pthread_self(), name);
      work();
      const std::scoped_lock hold(state->lock);
      state->done = true;
      state->changed.notify_all();
    });
  } catch (const std::system_error& e) {
    return base::fail(std::string("cannot start a thread: ") + e.what());
  }
  return {};
}

bool HelperThread::wait(base::Nanos bound) {
  if (!thread_.joinable()) return true;
  std::unique_lock hold(state_->lock);
  return state_->changed.wait_for(hold, std::chrono::nanoseconds(bound), [this] { return state_->done; });
}

bool HelperThread::join(base::Nanos bound) {
  if (!thread_.joinable()) return true;
  const bool done = wait(bound);
  if (done)
    thread_.join();
  else
    thread_.detach();
  return done;
}

}  // namespace net
