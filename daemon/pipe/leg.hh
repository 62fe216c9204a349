// One transport end of a session: cuts what it reads into messages for its line, and gathers what leaves into one write
// a run. Owns the connection; lives as long as its session, over many connections.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/ip.hh"
#include "bgp/header.hh"
#include "bgp/open.hh"
#include "net/stream.hh"
#include "pipe/message.hh"
#include "pipe/status.hh"

namespace pipeline {

class Line;
class Session;

// What two OPENs settled for one leg: the OPEN received and the OPEN written.
struct LegContext {
  const bgp::Context* in{};   // UPDATEs we read
  const bgp::Context* out{};  // UPDATEs we write
};

class Leg final : private net::Stream::Handler {
 public:
  Leg(Session& session, Side side, std::string stage);
  ~Leg();

  Side side() const noexcept { return side_; }
  const std::string& stage() const noexcept { return stage_; }
  bool up() const noexcept { return stream_ != nullptr; }
  // What to do with a second connection of the same peer: probe, refuse or replace.
  void set_duplicate_policy(std::string policy) { duplicate_policy_ = std::move(policy); }
  const std::string& duplicate_policy() const noexcept { return duplicate_policy_; }
  // How long the peer may take to close its side after we closed ours.
  void set_closed_timeout(base::Nanos t) noexcept { closed_timeout_ = t; }
  base::Nanos closed_timeout() const noexcept { return closed_timeout_; }

  // Takes the connected descriptor; nothing is read until start_reading.
  void adopt(net::Fd fd);
  void start_reading();
  void set_blocked(bool blocked);  // its line is held up: stop reading, TCP pushes back
  bool reading() const noexcept { return stream_ && stream_->reading(); }

  // Gathers a message; flush writes everything gathered with one system call. append() takes bytes that stay where they
  // are until flush, append_copy() any.
  void append(base::Bytes wire) noexcept;
  void append_copy(base::Bytes wire);
  void write(Message& m);
  void flush();
  std::size_t pending() const noexcept { return stream_ ? stream_->pending() : 0; }
  // When the peer last took bytes, on the loop's clock.
  base::Nanos last_progress() const noexcept { return stream_ ? stream_->last_progress() : 0; }

  // Gives the connection away at a message boundary, behind what was gathered and a NOTIFICATION, if that is not empty.
  std::unique_ptr<net::Stream> release(base::Bytes notification);
  void reset();  // forgets OPENs and contexts, for the next attempt

  // RFC 4271 6.5 and RFC 9687, watched once a second: which timer ends the leg, if any, and in words.
  enum class TimerKind : std::uint8_t { hold, send_hold };
  struct Overdue {
    TimerKind timer{};
    std::string text;
  };
  std::optional<Overdue> overdue(base::Nanos now) const;
  // A KEEPALIVE of our own when the leg would go silent while its line is held up.
  void keep_alive(base::Nanos now);

  const std::optional<bgp::Offer>& received() const noexcept { return received_; }
  const std::optional<bgp::Offer>& written() const noexcept { return written_; }
  // Its OPENs have crossed: how the UPDATEs are encoded is known.
  bool settled() const noexcept { return received_ && written_; }
  LegContext context() const noexcept { return {in_, out_}; }
  void open_written(const bgp::Offer& offer);
  void release_held();  // the session is established: UPDATEs that came too early go out
  std::optional<int> hold_time() const;
  base::Nanos last_received() const noexcept { return last_received_; }
  void note_notification(const NotificationStatus& n) { notification_ = n; }
  const std::optional<NotificationStatus>& notification() const noexcept { return notification_; }
  LegStatus status() const;
  // The other end; before there is one, the peer that is dialled.
  std::string remote_text() const { return remote_.port != 0 ? remote_.text() : target_; }
  void set_target(std::string peer) { target_ = std::move(peer); }
  const base::Endpoint& remote() const noexcept { return remote_; }
  const base::Endpoint& local() const noexcept { return local_; }

 private:
  std::size_t on_read(base::Bytes data) override;
  void on_end(net::EndReason reason) override;
  void on_writable() override;
  void write_withdrawn(Message& m, const bgp::Error& why);
  void received_open(base::Bytes body);
  void settle_contexts();
  void header_error(const bgp::Frame& f, base::Bytes at);
  void bad_length(bgp::Frame f, base::Bytes at);

  // Bytes in the read buffer, or in scratch_ at an offset when data is null.
  struct Piece {
    const std::uint8_t* data;
    std::size_t offset, size;
  };

  Session& session_;
  Side side_;
  std::string stage_, target_, duplicate_policy_ = "probe";
  base::Nanos closed_timeout_ = base::second;
  std::unique_ptr<net::Stream> stream_;
  base::Endpoint local_, remote_;
  std::optional<bgp::Offer> received_, written_;
  const bgp::Context *in_, *out_;
  std::size_t limit_ = bgp::max_message;
  bool blocked_ = false, may_read_ = false, hold_released_ = false, holds_line_ = false;
  std::vector<Piece> pieces_;
  base::Buffer scratch_;
  // An UPDATE before ESTABLISHED; early: read before its own leg was settled.
  struct Held {
    Parked message;
    bool early;
  };
  std::vector<Held> held_;
  std::size_t held_bytes_ = 0;
  base::Nanos last_received_ = 0, last_sent_ = 0;
  std::uint64_t messages_in_ = 0, messages_out_ = 0, bytes_in_ = 0, bytes_out_ = 0;
  std::optional<NotificationStatus> notification_;
};

}  // namespace pipeline
