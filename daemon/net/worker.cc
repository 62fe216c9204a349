#include "net/worker.hh"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace net {

SignalsBlocked::SignalsBlocked() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old_);
}

SignalsBlocked::~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }

Worker::Worker(std::string name) : name_(std::move(name)), inbox_(loop_, inbox_bound) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { work(); });
}

Worker::~Worker() { stop(); }

void Worker::work() {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  loop_.run();
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  inbox_.post_always([this] { loop_.stop(); });
  thread_.join();
}

}  // namespace net
