// What a stage is: the interface between one step of a pipeline and the session that runs it. Everything here happens
// on the session's worker. A stage never re-enters the line: what it asks for is carried out when the current message
// has finished.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.hh"
#include "conf/options.hh"
#include "net/socket.hh"
#include "pipe/event.hh"
#include "pipe/message.hh"
#include "pipe/status.hh"

namespace pipeline {

class Session;
struct StageSpec;

enum class Verdict : std::uint8_t {
  pass,   // goes on to the next stage
  drop,   // ends here
  taken,  // left the line; what comes back is injected
};

// Sets of message types, by code; codes over 30 share one bit.
using TypeMask = std::uint32_t;
inline constexpr unsigned type_bits = 32;
constexpr unsigned type_bit(bgp::MsgType t) { return std::min(static_cast<unsigned>(t), type_bits - 1); }
constexpr TypeMask bit(bgp::MsgType t) { return TypeMask{1} << type_bit(t); }
inline constexpr TypeMask all_types = ~TypeMask{0};

class Stage {
 public:
  Stage(Session& session, const StageSpec& spec);
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Once, before the first attempt: open files, start children. An error fails the session with this text.
  virtual base::Result<> prepare() { return {}; }
  // Each time its start event comes: an attempt begins, or the event of `wait`.
  virtual base::Result<> begin() { return {}; }
  // The attempt is over: both legs are closed; what belongs to the BGP session is forgotten.
  virtual void end() {}
  // Once, in order along the line, when the pipeline stops: nothing new arrives; deliver what is kept, then call done.
  virtual void finish(std::function<void()> done) { done(); }

  virtual Verdict message(Message&) { return Verdict::pass; }
  // Asked for with Session::flush_later: what was gathered in this run can go out now.
  virtual void run_ended() {}
  // For filters that nearly every UPDATE passes as it is. Where such a stage is the only one that looks at UPDATEs, a
  // sound one is not made a message: in expect() the stage may ask memory for what it will need, one message ahead,
  // when nothing is known of it but that its header is sound; in admits() it says that it passes. If not, message() is
  // called as if nothing had been asked.
  virtual bool admits_updates() const { return false; }
  virtual void expect(base::Bytes /*body*/, bgp::Direction) {}
  virtual bool admits(const bgp::UpdateIndex&, const bgp::Context&, bgp::Direction) { return false; }
  // Types it wants to see on the lines it captures.
  virtual TypeMask interest() const { return all_types; }
  // Events of its session, for stages that want them.
  virtual bool wants_events() const { return false; }
  virtual void event(const Event&) {}
  // Its transport partner at the other end of the pipeline has connected (for speakers).
  virtual void leg_up(Side) {}
  // Sources: stop or go on producing for this line.
  virtual void pause(bgp::Direction) {}
  virtual void resume(bgp::Direction) {}

  // It shows the routes of a table one by one, so who reads the table must not gather them.
  virtual bool wants_single_routes() const { return false; }

  // New options of a reload whose changes are all `live`. False: make the stage anew instead.
  virtual bool reconfigure(const void* options) {
    (void)options;
    return false;
  }
  // Running state that survives hand-over and re-creation; versioned by the stage.
  virtual void save(base::Buffer&) const {}
  virtual void restore(base::Bytes) {}
  // Fills state, text and counters.
  virtual void describe(StageStatus&) const {}

  const std::string& identity() const noexcept { return identity_; }
  const StageSpec& spec() const noexcept { return *spec_; }

 protected:
  Session& session() const noexcept { return session_; }

 private:
  friend class Session;
  Session& session_;
  std::string identity_;
  std::shared_ptr<const StageSpec> spec_;
  int place_ = 0;      // from the left, as last wired
  int entry_[2] = {};  // order behind which its own messages enter: L, R
  bool prepared_ = false, begun_ = false, flush_ = false;
};

// Where the supervisor must listen for a stage, and for whom.
struct ListenRequest {
  base::Endpoint endpoint;           // empty address: all of this machine
  std::optional<base::Prefix> peer;  // nothing: anyone
  std::string md5;
  net::SocketOptions socket;  // of what is accepted
  // Above 1: each peer address has a session of its own, at most so many.
  std::size_t max_sessions = 1;
};

// One row of the registry: what there is to know about a kind of stage without making one.
struct StageKind {
  std::string_view name, help;
  conf::OptionTable options;
  bool leg = false;              // an end of the pipeline: must be first or last
  bool producer = false;         // injects messages, so `new` applies
  bool answers = false;          // sees the line opposite to its direction: speakers
  bool ends = false;             // a source that comes to an end by itself
  bool bidirectional = false;    // may work in both directions at once
  bool in_path = false;          // filters: a message it cannot judge must not slip through
  bool capture_inwards = false;  // as the last stage it sees R, as the first L
  std::span<const EventHelp> events = {};
  std::shared_ptr<void> (*make_options)() = nullptr;
  std::unique_ptr<Stage> (*make)(Session&, const StageSpec&) = nullptr;
  // Checks across options; null when there are none.
  base::Result<> (*check)(const void* options) = nullptr;
  // What is allowed, but perhaps not meant; empty, or null: nothing to say.
  std::string (*advise)(const void* options) = nullptr;
  // Whether several sessions of one pipeline can have this stage at once; null: they can.
  base::Result<> (*check_shared)(const void* options) = nullptr;
  base::Result<ListenRequest> (*listen)(const void* options) = nullptr;
};

}  // namespace pipeline
