// One stream of records to one client. The handler that opened it pushes; the connection writes when the client reads.
// It is bounded: a client that lags loses the oldest records and is told how many. Main thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace rpc {

class Subscription {
 public:
  // limit: ends by itself after so many records; 0 for none. bound: bytes that may wait. ready: something to write has
  // come.
  Subscription(std::uint64_t id, std::uint64_t limit, std::size_t bound, std::move_only_function<void()> ready);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  std::uint64_t id() const { return id_; }
  // Nobody listens any more: the client cancelled or went, the limit was reached, or finish() was called.
  bool closed() const { return closed_; }
  // members: the record as text of one JSON object without line feed, {"event":{…}}.
  void push(std::string_view members);
  // So many records were lost before they got here: the client is told with the next one.
  void lose(std::uint64_t records);
  // The client is told why, behind what waits.
  void finish(std::string_view why);
  // Called once when it closes for any reason but finish() or the end of the server. The handler drops what feeds the
  // stream.
  void on_close(std::move_only_function<void()> call) { on_close_ = std::move(call); }
  // Records lost so far because the client was too slow.
  std::uint64_t lost() const { return lost_; }

  // For the connection: the next line to write, with its line feed; empty when there is none.
  std::string next();
  bool waiting() const { return !queue_.empty() || unreported_ != 0; }
  // For the connection: the client has gone or does not want it any more; what waits is dropped.
  void cancel();

 private:
  void close();
  void enqueue(std::string line);
  void make_room();

  const std::uint64_t id_, limit_;
  const std::size_t bound_;
  std::move_only_function<void()> ready_, on_close_;
  std::deque<std::string> queue_;
  std::size_t bytes_ = 0;
  std::uint64_t pushed_ = 0, lost_ = 0, unreported_ = 0;
  bool closed_ = false;
};

}  // namespace rpc
