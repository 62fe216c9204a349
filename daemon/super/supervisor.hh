// Runs pipelines: gives each a session on a worker, listens for those that wait for a peer, carries a reload out as
// planned, and keeps what sessions tell. One pipeline's trouble stays its own. Everything here is on the main thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/listen.hh"
#include "net/loop.hh"
#include "net/mailbox.hh"
#include "net/timer.hh"
#include "pipe/session.hh"
#include "super/event_log.hh"
#include "super/plan.hh"
#include "super/worker.hh"

namespace super {

// A pipeline as an operator sees it.
struct PipelineStatus {
  std::string name;
  pipeline::State state{};
  base::Nanos since = 0;  // mono
  std::size_t stages = 0;
  std::string error;  // why the pipeline as a whole cannot run
  std::vector<pipeline::SessionStatus> sessions;
};

// What messages.subscribe asks for.
struct TapRequest {
  bgp::Direction only{};
  pipeline::TapEncoder encoder;
};

struct Instance;
struct Running;

class Supervisor {
 public:
  using EventSink = std::function<void(const pipeline::Event&)>;
  using TapSink =
      std::function<void(const std::string& pipeline, std::uint32_t session, std::string lines, std::uint64_t lost)>;

  Supervisor(net::Loop& loop, unsigned workers);
  ~Supervisor();

  void start(std::shared_ptr<const Config> config);
  // Carries out plan(running, wanted).
  std::vector<PlanEntry> reload(std::shared_ptr<const Config> wanted);
  const Config& config() const { return *config_; }
  const Config& started_with() const { return *first_config_; }

  // False: no such pipeline. The reason goes to routers as RFC 9003 text.
  bool start_pipeline(const std::string& name);
  bool stop_pipeline(const std::string& name, const std::string& reason);
  bool restart_pipeline(const std::string& name, const std::string& reason);
  // Ends all sessions as their pipelines say, then calls; at most `bound` later.
  void shutdown(base::Nanos bound, std::function<void()> done);

  std::vector<PipelineStatus> status() const;
  std::optional<PipelineStatus> status(const std::string& name) const;

  // Each event, in order; returns a number for unsubscribe.
  std::uint64_t on_event(EventSink sink);
  void off_event(std::uint64_t id);
  const std::deque<pipeline::Event>& recent_events() const { return recent_; }
  std::uint64_t events_lost() const;
  // Rendered messages of one pipeline, or of all when the name is empty, also of pipelines started later.
  // Calls `attached` once the sessions that run now have it: what they send from then on is seen.
  std::uint64_t add_tap(const std::string& pipeline, TapRequest request, TapSink sink, std::function<void()> attached);
  void remove_tap(std::uint64_t id);

  // A session that will not come back by itself: batch ended, or gave up.
  std::function<void(const std::string& pipeline, bool failed)> on_ended;
  unsigned workers() const { return static_cast<unsigned>(workers_.size()); }

 private:
  struct Tap {
    std::string pipeline;
    TapRequest request;
    TapSink sink;
  };

  // stopped: by an operator, and it stays so until somebody starts it.
  void launch(std::shared_ptr<const pipeline::PipelineSpec> spec, bool stopped = false);
  Instance& add_session(Running& r, const base::Address& peer);
  void drop(Running& r, std::uint32_t session);
  void end_session(const Instance& s, pipeline::EndMode mode, std::uint8_t subcode, std::function<void()> done);
  // callers.cc
  void listen_for(Running& r);
  void unlisten(Running& r);
  void called(Running& r, pipeline::Side side, const net::SocketOptions& options, net::Accepted a);
  Instance* session_for(Running& r, const base::Address& peer);
  void turn_away(Running& r, const base::Endpoint& peer);
  // Ends the sessions of a pipeline that is not configured like that any more, and forgets it then.
  void retire(Running& r, std::uint8_t subcode);
  void retry_listeners();
  // reports.cc
  static bool concerns(const Tap& tap, const Running& r);
  static void attach_tap(std::uint64_t id, const Tap& tap, const Instance& to, std::function<void()> attached);
  Running* find(const std::string& name);
  Running* find(std::uint32_t session);

  // From workers, through the mailbox.
  void take_status(pipeline::SessionStatus s);
  void take_event(pipeline::Event e);
  void take_ended(std::uint32_t session, bool failed);
  void take_tapped(std::uint64_t tap, std::uint32_t session, std::string lines, std::uint64_t lost);

  net::Loop& loop_;
  std::shared_ptr<const Config> config_, first_config_;
  net::Mailbox inbox_;
  net::ListenerSet listeners_;
  net::Timer listen_again_;
  EventLog event_log_;
  net::Timer tell_held_back_;
  const MainCalls calls_;
  std::vector<std::unique_ptr<SessionWorker>> workers_;
  std::vector<std::unique_ptr<Running>> running_;  // in the order of the configuration
  std::unordered_map<std::uint32_t, Running*> by_session_;
  std::map<std::uint64_t, EventSink> event_sinks_;
  std::map<std::uint64_t, Tap> taps_;
  std::deque<pipeline::Event> recent_;
  std::uint64_t next_event_ = 1, next_id_ = 1;
  std::uint32_t next_session_ = 1;
  std::unique_ptr<net::Timer> shutdown_bound_;
};

}  // namespace super
