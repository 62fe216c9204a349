// One running instance of a pipeline: its stages, two lines and up to two legs, through any number of attempts. Lives
// on one worker from creation to end; talks to the rest of the program through SessionHost only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/loop.hh"
#include "net/timer.hh"
#include "pipe/line.hh"
#include "pipe/spec.hh"
#include "pipe/status.hh"

namespace pipeline {

// What a session tells its supervisor. Called on the worker; implementations hand values over.
class SessionHost {
 public:
  virtual void publish(SessionStatus) = 0;
  virtual void event(Event) = 0;
  // No further attempt comes by itself: all stages ended, or the restart policy says so. failed: with an error.
  virtual void ended(std::uint32_t session, bool failed) = 0;
  // A batch of rendered messages for one subscriber, and how many were lost before it; false if it cannot be taken now.
  virtual bool tapped(std::uint64_t tap, std::string lines, std::uint64_t lost) = 0;

 protected:
  ~SessionHost() = default;
};

// What becomes of an UPDATE that was looked at: it goes on, goes on past filters because its routes cannot be found, or
// ends here.
enum class Judgement : std::uint8_t { go_on, past_filters, gone };

// Renders messages for subscribers of `tail`; made by whoever knows formats.
using TapEncoder = std::function<void(const bgp::MessageView&, base::Buffer& out)>;

class Session {
 public:
  Session(net::Loop& loop, SessionHost& host, std::shared_ptr<const PipelineSpec> spec, std::uint32_t id,
          unsigned worker, std::string peer = {});
  ~Session();

  // Control, from the worker's mailbox.
  void start();
  void accept(Side side, net::Fd fd);
  // Ends the attempt and stays down. Cease subcode and text for EndMode::cease (RFC 4486, RFC 9003).
  void stop(EndMode mode, std::uint8_t subcode, std::string text, std::function<void()> done);
  // The same, then starts anew at once.
  void restart(EndMode mode, std::uint8_t subcode, std::string text);
  // New options between two runs. The plan has made sure that no change needs a new session.
  void apply(std::shared_ptr<const PipelineSpec> spec);
  void add_tap(std::uint64_t tap, bgp::Direction only, TapEncoder encoder);
  void remove_tap(std::uint64_t tap);
  // Once a second: hold timers, keepalives of held lines, status.
  void tick();
  SessionStatus status() const;

  // For stages.
  net::Loop& loop() noexcept { return loop_; }
  const PipelineSpec& spec() const noexcept { return *spec_; }
  const std::string& name() const noexcept { return spec_->name; }
  State state() const noexcept { return state_; }
  bool established() const noexcept { return state_ == State::established; }
  bool ending() const noexcept { return ending_; }
  base::Nanos wall() const noexcept { return wall_; }
  bool wants_single_routes() const;  // some stage does
  // Whom this session is for: the address it was made for, else that of the first leg that is up; "none" before.
  std::string peer() const;
  // A message of the stage's own enters the line at the place its `new` option names. At once when no message is under
  // way, else when it has finished.
  void inject(Stage& from, bgp::Direction d, const bgp::MessageView& view);
  // One of the line's messages that this stage has taken goes on behind it, when the same holds.
  void pass_on(const Stage& from, bgp::Direction d, const bgp::MessageView& view);
  // The direction a stage injects into when the message does not say.
  bgp::Direction inject_direction(const Stage& from, bgp::Direction wanted) const;
  void emit(const Stage* from, std::string_view name, std::string text, const Message* m = nullptr,
            bool problem = false, std::string_view alias = {},
            std::uint8_t cease = bgp::notify::cease_subcode::shutdown, bool decisive = false);
  // The line's sources stop at the end of the current run, and go on when nobody blocks any more.
  void block(bgp::Direction d, const void* who);
  void unblock(bgp::Direction d, const void* who);
  bool blocked(bgp::Direction d) const;
  // The attempt is over because of this stage or leg.
  void fail(std::string text, const Stage* stage = nullptr);
  // A speaker's NOTIFICATION was sent or received: shown in status, and the attempt ends.
  void fail_with(Failure failure);
  // Calls the stage's run_ended() when the run is over.
  void flush_later(Stage& stage) {
    if (!std::exchange(stage.flush_, true)) flushing_.push_back(&stage);
  }
  // Carried out when the current message has finished, in the order asked.
  void defer(std::move_only_function<void()> action) { deferred_.push_back(std::move(action)); }
  // Asks the sender of this line to say all its routes again (RFC 2918); false where the routers did not agree on that.
  bool ask_for_routes(bgp::Direction d);
  // A source has nothing more to give. When all sources of a pipeline without legs ended, it finishes.
  void source_ended(Stage& stage);
  // Null where the pipeline has no leg at this end.
  Leg* leg(Side side) noexcept { return legs_[static_cast<std::size_t>(side)].get(); }
  // The other end of the pipeline than that at which this stage stands.
  Side far_side(const Stage& stage) const;
  bool has_legs() const noexcept { return legs_[0] || legs_[1]; }
  void connected(Side side, net::Fd fd);  // connect: its dial succeeded
  void dial_failed(Side side, std::string text);
  void dial_later(Side side, std::string text, base::Nanos wait);  // it failed, and will be tried again in this attempt
  void dialling();                                                 // for the state shown
  base::Nanos max_stall() const;
  // Everything a callback from outside does happens inside a Run: at its end what was asked for is carried out and
  // written.
  class Run {
   public:
    explicit Run(Session& s);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    Session& s_;
  };

  // For lines and legs.
  // A message that a leg read; only while no other is under way.
  void receive(Line& line, const bgp::MessageView& view);
  Line& line(bgp::Direction d) noexcept { return d == bgp::Direction::left ? left_ : right_; }
  bool tapped() const noexcept { return !taps_.empty(); }
  bool contexts_agree(bgp::Direction d) const;
  // One of its own for each distinct context; valid until the run is over, and as long as a leg in place has it.
  const bgp::Context* intern(const bgp::Context& c);
  void passing(Message& m);
  void passed(const Message& m);
  void leg_ended(Side side, std::string text);
  void leg_header_error(Side side, std::uint8_t subcode, base::Bytes data, std::string text);
  void leg_open_unreadable(Side side, const bgp::Error& e);
  // RFC 4271 6.6, RFC 6608 3: an UPDATE of this leg while the OPENs have not crossed.
  void leg_update_too_early(const Leg& l);
  void contexts_changed();
  void parse_problem(const Message& m, std::string text);
  // Does with the UPDATE what the setting `errors` says. entry: where the message entered the line. What has to follow
  // the message goes into `behind`, or without that through the line from `entry` on.
  Judgement judge(Line& line, Message& m, std::size_t entry, std::vector<base::Buffer>* behind = nullptr);
  // What cannot be said to a leg, nor withdrawn from it, ends the session: nothing is lost in silence.
  void cannot_pass(Message& m, const bgp::Error& why);
  // decisive: the session ends because of it, so it is told and kept however many came before it.
  void tell_malformed(const Message& m, std::span<const bgp::Error> errors, std::string_view action,
                      bool decisive = false);
  // UPDATEs of this line come from another AS, by the OPENs.
  bool external(bgp::Direction d) const;

 private:
  static constexpr int automatic_order = 1 << 20;  // -i and -o stand behind all others
  static constexpr base::Nanos open_wait = 60 * base::second, late_tick = 2 * base::second;
  struct Tap {
    std::uint64_t id;
    bgp::Direction only;
    TapEncoder encoder;
    base::Buffer text;
    std::uint64_t messages = 0;  // in text
    std::uint64_t lost = 0;      // not told yet
  };

  // Stages and their places: build.cc, apply.cc.
  base::Result<> build();
  void wire_slots();
  void unwire();
  base::Result<> prepare(Stage& s);
  bool keeps(Stage& stage, const StageSpec& now);
  void retire(std::unique_ptr<Stage> stage);
  void place_retired(Stage& stage, std::span<const std::string> before);
  void begin_stage(Stage& s);
  std::vector<std::string> wait_events(const StageSpec& s) const;
  bool has_come(const StageSpec& s) const;  // what it waits for: nothing, or ESTABLISHED while that lasts
  void deliver_event(const Event& e);
  int order_in(const Stage& stage, bgp::Direction d) const;
  int entry_order(const Stage& from, bgp::Direction d) const;

  // Attempts: attempt.cc, connections.cc, failure.cc.
  void begin_attempt();
  void end_attempt(std::function<void()> next);
  void close_legs();
  void after_failure();
  void after_batch();
  void back_off();
  void after_kill(std::optional<base::Nanos> retry);
  void finish_all(std::function<void()> done);
  void finish_from(std::size_t index, std::function<void()> done);
  void adopt(Side side, net::Fd fd);
  Stage& leg_stage(Side side);
  void replace_leg(Side side, net::Fd fd);
  void probe(Side side, net::Fd fd);
  void kill(const KillRule& rule, const Event& e);
  void leg_overdue(Side side, Leg::Overdue why);
  void leg_error(Side side, std::uint8_t code, std::uint8_t subcode, base::Bytes data, std::string text);
  bool may_hurry();
  void note_failure(Failure f);
  void set_ending(EndMode mode, base::Buffer to_left, base::Buffer to_right);
  base::Buffer cease(Side to, std::uint8_t subcode, std::string_view text) const;

  // While messages flow.
  Judgement repair(Line& line, Message& m, std::size_t entry, std::span<const bgp::Error> faults,
                   std::span<const bgp::Error> chosen, std::vector<base::Buffer>* behind);
  Judgement reset_for(Message& m, std::span<const bgp::Error> errors);
  // Through the stages from this entry on; or when the current message has finished.
  void enter(Line& line, const bgp::MessageView& view, std::size_t entry);
  void carry(Line& line, const bgp::MessageView& view, std::size_t entry, bool in_read_buffer);
  void carry_later(Line& line, const bgp::MessageView& view, std::size_t entry);
  void settle();
  void run_ended();
  void forget_contexts();
  void tell_taps(const Message& m);
  void flush_taps();
  void note_notification(const Message& m);
  void note_end_of_rib(const Message& m, std::size_t line_index);
  void check_established();
  void update_sources(bgp::Direction d);
  void set_state(State s);
  void publish();

  net::Loop& loop_;
  SessionHost& host_;
  std::shared_ptr<const PipelineSpec> spec_;
  std::uint32_t id_;
  unsigned worker_;
  const std::string peer_;
  std::set<bgp::Context> contexts_;
  std::vector<std::unique_ptr<Stage>> stages_, retired_;
  Line left_{*this, bgp::Direction::left}, right_{*this, bgp::Direction::right};
  std::array<std::unique_ptr<Leg>, 2> legs_;
  std::vector<std::move_only_function<void()>> deferred_;
  std::vector<Stage*> flushing_;
  std::vector<Tap> taps_;
  std::size_t tapped_bytes_ = 0;  // since tap_window_
  base::Nanos tap_window_ = 0;
  std::array<std::vector<const void*>, 2> blockers_;
  std::set<const Stage*> ended_sources_;
  net::Timer backoff_, probe_;
  net::Fd probed_;  // a second connection of the same peer, unread
  Side probed_side_{};
  base::Nanos probe_until_ = 0, probe_heard_ = 0;

  State state_ = State::starting;
  bool built_ = false, listens_ = false;
  bool ending_ = false;  // the attempt is over; nothing enters a line any more
  bool in_message_ = false, settling_ = false, finishing_ = false, stopped_ = false, changed_ = false;
  bool finish_failed_ = false;  // a stage could not deliver what it had kept
  bool held_down_ = false;      // back-off after a kill: an accepted connection does not end it
  bool start_again_ = false;    // asked for while the stages were finishing
  int depth_ = 0;
  std::vector<std::function<void()>> when_finished_;
  // How the legs are closed when the attempt's end is carried out.
  EndMode end_mode_ = EndMode::close;
  std::array<base::Buffer, 2> farewell_;

  base::Nanos wall_ = 0, since_ = 0;
  std::optional<base::Nanos> established_at_, retry_at_;
  base::Nanos delay_ = 0, hurried_ = 0;
  std::uint64_t restarts_ = 0;
  std::optional<Failure> last_failure_;
  std::array<TypeMask, 2> passed_types_{};  // per line, in this attempt
  std::array<std::set<bgp::Family>, 2> end_of_rib_;
  base::Nanos ticked_ = 0;  // when tick() was last called
  std::uint64_t events_suppressed_ = 0, suppressed_told_ = 0;
  base::Nanos event_window_ = 0;
  int events_in_window_ = 0;
  MalformedLog malformed_;
};

}  // namespace pipeline
