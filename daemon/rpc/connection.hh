// One client of the control server: cuts lines, dispatches requests, writes answers and stream records within its
// bounds. What connections share is the Hub: the Server owns it, and it owns the connections. Main thread.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.hh"
#include "net/stream.hh"
#include "rpc/hub.hh"
#include "rpc/server.hh"

namespace rpc {

class Connection final : public net::Stream::Handler, public std::enable_shared_from_this<Connection> {
 public:
  static std::shared_ptr<Connection> open(Hub& hub, net::Fd fd, Caller caller);

  // From responders.
  void answer(const std::string& line);
  void answered();
  std::shared_ptr<Subscription> subscribe(std::uint64_t limit);

  // For the hub.
  bool idle() const { return under_way_ == 0 && subscriptions_.empty() && stream_->pending() == 0; }
  std::size_t subscriptions() const { return subscriptions_.size(); }
  std::size_t unread() const { return stream_->pending(); }
  base::Nanos last_progress() const { return stream_->last_progress(); }
  // The other end is closed for good, not just finished sending.
  bool hung_up() const;
  void finish_streams(std::string_view why);
  // Forgets the client at once; harmless inside any call.
  void drop();

 private:
  Connection(Hub& hub, Caller caller);
  std::size_t on_read(base::Bytes data) override;
  void on_end(net::EndReason reason) override;
  void on_writable() override;

  std::size_t take_line(std::string_view text);
  void skip(std::size_t n, bool whole);
  void take(std::string_view line);
  void dispatch(const Request& request);
  void call(const Request& request, Responder responder, Access access);
  bool cancel(std::int64_t id);
  bool saturated() const;
  void resume();
  void next_turn();
  void flush();
  void close_if_done();

  Hub& hub_;
  const Caller caller_;
  std::unique_ptr<net::Stream> stream_;
  net::Deferred next_turn_;
  std::vector<std::shared_ptr<Subscription>> subscriptions_;
  std::size_t under_way_ = 0;
  std::size_t skipped_ = 0;
  bool skipping_ = false, yielded_ = false, ended_ = false, gone_ = false;
  std::list<std::shared_ptr<Connection>>::iterator place_;
  friend class Hub;
};

}  // namespace rpc
