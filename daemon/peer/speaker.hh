// A BGP speaker over one established transport, without the transport: RFC 4271 8.2.2 from OpenSent on. It says and
// judges OPENs, negotiates, keeps the session alive, and ends it with the NOTIFICATION the RFCs ask for. Connecting,
// collision and retry belong to whoever owns the transport.
//
// One thread. The owner feeds whole messages and the time, and carries out what the Host is told. Timers run on the
// clock given, never on times that messages carry; they cost one comparison a message, so the owner looks at deadline()
// when its own timer fires and arms it anew.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "bgp/context.hh"
#include "bgp/header.hh"
#include "bgp/open.hh"
#include "bgp/types.hh"
#include "bgp/update.hh"
#include "peer/open_rules.hh"
#include "peer/timers.hh"

namespace peer {

enum class State : std::uint8_t {
  idle,          // before start()
  waiting,       // nothing sent: the remote OPEN comes first
  open_sent,     // RFC 4271 OpenSent
  open_confirm,  // both OPENs seen, the remote KEEPALIVE is missing
  established,
  ended,
};
std::string_view name(State);

enum class EndCause : std::uint8_t {
  notification_received,
  notification_sent,  // the peer broke the protocol, or its OPEN was refused
  hold_timer,         // nothing heard for the negotiated hold time
  open_wait,          // no session within open_wait
  send_hold,          // the peer took no bytes (RFC 9687)
  stopped,            // stop()
};
std::string_view name(EndCause);

struct End {
  EndCause cause{};
  std::uint8_t code = 0, subcode = 0;  // of the NOTIFICATION sent or received; 0 without one
  base::Buffer data;                   // its data field
  bool hard_reset = false;             // RFC 8538: routes are not kept
  std::string text;                    // for a person; safe for a terminal
};

// What a speaker needs done. Only established(), route_refresh() and update_errors() may call stop(); otherwise nothing
// here calls back into the speaker.
class Host {
 public:
  virtual ~Host() = default;
  // A whole message, to be written in the order asked, before anything the pipeline writes later.
  virtual void send(base::Bytes message) = 0;
  virtual void established() = 0;
  // The last call; what was sent before is to be flushed, then the transport closed. The speaker may be destroyed here.
  virtual void ended(End end) = 0;
  // The peer asks for its routes again (RFC 2918); only families both offered.
  virtual void route_refresh(bgp::Family family) = 0;
  // What is wrong with an UPDATE that RFC 7606 lets the session survive; what becomes of it is the owner's to decide.
  virtual void update_errors(std::span<const bgp::Error> errors) = 0;
};

// Uniform over all values.
using Random = std::function<std::uint32_t()>;

class Speaker {
 public:
  static constexpr base::Nanos never = Timers::never;

  // Clock and host outlive the speaker.
  Speaker(SpeakerOptions options, const base::Clock& clock, Host& host, Random random);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // The transport stands. Sends the OPEN when active and its AS is known.
  void start();
  // A message whose header was sound; the body is what follows it.
  void receive(bgp::MsgType type, base::Bytes body);
  // The same for an UPDATE that was parsed already, well or not; known_sound: it was also checked (bgp/check.hh).
  void receive_update(const bgp::UpdateIndex& index, bool known_sound = false);
  // The stream cannot be cut into messages (RFC 4271 6.1): bad_marker or bad_length.
  void receive_bad_frame(const bgp::Frame& frame);
  // Cease with this subcode; text for 2 and 4 (RFC 9003). A hard reset where both ends said the N bit (RFC 8538).
  // Without any OPEN said the transport is just closed.
  void stop(std::uint8_t cease_subcode, std::string_view text, bool hard_reset = false);

  // When on_time() wants to be called next, on the clock's mono(), or never.
  base::Nanos deadline() const { return timers_.deadline(); }
  void on_time();

  // The hold timer runs only while the transport is read; it starts anew when reading goes on.
  void set_reading(bool reading) { timers_.set_reading(clock_.mono(), reading); }
  // Something came from the peer then, even if no message of it reaches the speaker: who is heard is alive.
  void note_heard(base::Nanos at) { timers_.heard(at); }
  // A message that is not the speaker's own was handed to the transport: the next KEEPALIVE can wait.
  void note_sent() { timers_.sent(clock_.mono()); }
  // Whether bytes wait that the peer does not take, and when (on the clock's mono()) it last took some: the send hold
  // timer (RFC 9687) runs while they do. May be told any number of times.
  void set_backlog(bool waits, base::Nanos last_progress) { timers_.backlog(clock_.mono(), waits, last_progress); }

  State state() const { return state_; }
  const SpeakerOptions& options() const { return options_; }
  // The remote OPEN, from open_confirm on; own OPEN, from open_sent on.
  const std::optional<bgp::Offer>& remote() const { return remote_; }
  const std::optional<bgp::Offer>& own() const { return own_; }
  // Seconds; 0 says no timers. From open_confirm on.
  std::uint16_t hold_time() const { return hold_time_; }
  // Of the UPDATEs that come in and go out. From open_confirm on.
  const bgp::Context& receive_context() const { return receive_context_; }
  const bgp::Context& send_context() const { return send_context_; }
  // Messages from the peer may be this long.
  std::size_t message_limit() const { return options_.extended_message ? bgp::max_extended_message : bgp::max_message; }

 private:
  void on_open(base::Bytes body);
  void on_keepalive();
  void on_update(base::Bytes body);
  void judge_update(const bgp::UpdateIndex& index);
  void on_notification(base::Bytes body);
  void on_route_refresh(base::Bytes body);
  void out_of_turn(bgp::MsgType type);
  // False when the session ended because what the options ask for cannot be said.
  bool send_open();
  void send_keepalive();
  void agree();
  void end_open_wait();

  // These end the session; nothing may follow a call.
  void refuse(Refusal refusal);
  void notify_and_end(EndCause cause, std::uint8_t code, std::uint8_t subcode, base::Bytes data, std::string text);
  void end(End what);

  SpeakerOptions options_;
  const base::Clock& clock_;
  Host& host_;
  Random random_;
  State state_ = State::idle;
  std::uint16_t hold_time_ = 0;
  Timers timers_;
  std::optional<bgp::Offer> own_, remote_;
  bgp::Context receive_context_, send_context_;
};

}  // namespace peer
