// The sessions of one worker thread, and their way back to the main loop.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>

#include "net/mailbox.hh"
#include "net/timer.hh"
#include "net/worker.hh"
#include "pipe/session.hh"

namespace super {

// Calls made on the main thread for what sessions tell. Set before the first session starts.
struct MainCalls {
  std::function<void(pipeline::SessionStatus)> status;
  std::function<void(pipeline::Event)> event;
  std::function<void(std::uint32_t session, bool failed)> ended;
  std::function<void(std::uint64_t tap, std::uint32_t session, std::string lines, std::uint64_t lost)> tapped;
};

class SessionWorker {
 public:
  // The mailbox and the calls outlive the worker.
  SessionWorker(unsigned index, net::Mailbox& to_main, const MainCalls& calls);
  // Ends the thread; sessions are destroyed behind it.
  ~SessionWorker();

  // From the main thread; each runs on the worker in the order given.
  void create(std::uint32_t id, std::shared_ptr<const pipeline::PipelineSpec> spec, std::string peer);
  void destroy(std::uint32_t id);
  // What to do with a session, if it still exists.
  void with(std::uint32_t id, std::move_only_function<void(pipeline::Session&)> call);

  // Calls, on the worker, when the connections that its sessions gave up are closed by both sides.
  void when_quiet(std::function<void()> call);

  unsigned index() const noexcept { return index_; }
  std::size_t sessions() const noexcept { return count_; }
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  class Host;

  unsigned index_;
  net::Mailbox& to_main_;
  const MainCalls& calls_;
  std::size_t count_ = 0;                // main thread
  std::atomic<std::uint64_t> lost_ = 0;  // events the main loop could not take
  std::atomic<std::size_t> tapped_ = 0;  // bytes of rendered messages on their way to it
  net::Worker worker_;
  // On the worker thread:
  struct Entry {
    std::unique_ptr<Host> host;
    std::unique_ptr<pipeline::Session> session;
  };
  std::map<std::uint32_t, Entry> entries_;
  std::unique_ptr<net::Timer> tick_, quiet_;
};

}  // namespace super
