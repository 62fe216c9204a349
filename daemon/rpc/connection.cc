#include "rpc/connection.hh"

#include <poll.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.hh"
#include "base/text.hh"
#include "rpc/schema.hh"

namespace rpc {

namespace {
// Unread bytes from which on a client's further requests wait.
constexpr std::size_t enough_unread = 64 * 1024;
// Requests of one client in one turn of the loop; others come first then.
constexpr int turn_requests = 64;
// Stream records are written in pieces of about this size.
constexpr std::size_t batch_size = 64 * 1024;

Error unknown_method(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Method& m : methods()) names.push_back(m.name);
  const auto near = base::nearest(name.substr(0, 64), names);
  return {Code::method_not_found, "there is no method " + base::printable(name.substr(0, 64)),
          near ? "did you mean " + std::string(*near) + "?" : "rpc.describe lists the methods"};
}
}  // namespace

Connection::Connection(Hub& hub, Caller caller)
    : hub_(hub), caller_(caller), next_turn_(hub.loop, [this] { next_turn(); }) {}

std::shared_ptr<Connection> Connection::open(Hub& hub, net::Fd fd, Caller caller) {
  std::shared_ptr<Connection> c(new Connection(hub, caller));
  c->stream_ = net::Stream::adopt(hub.loop, std::move(fd), *c);
  c->stream_->read_start();
  return c;
}

std::size_t Connection::on_read(base::Bytes data) {
  hub_.touch(*this);
  const std::string_view text = base::as_text(data);
  std::size_t used = 0;
  int requests = 0;
  while (used < text.size() && !gone_ && !saturated() && requests < turn_requests) {
    const std::size_t n = take_line(text.substr(used));
    if (n == 0) break;
    used += n;
    ++requests;
  }
  if (gone_) return used;
  if (requests == turn_requests) yielded_ = true;
  if (yielded_ || saturated()) stream_->read_stop();
  if (yielded_) next_turn_.schedule();
  return used;
}

// Uses one line, or all there is of one that is too long; 0 when there is too little.
std::size_t Connection::take_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  const bool whole = end != std::string_view::npos;
  if (!skipping_ && std::min(end, text.size()) <= max_request) {
    if (!whole) return 0;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) take(line);
    return end + 1;
  }
  const std::size_t n = whole ? end + 1 : text.size();
  skip(n, whole);
  return n;
}

void Connection::skip(std::size_t n, bool whole) {
  if (!std::exchange(skipping_, true)) {
    skipped_ = 0;
    answer(error_line("null", {Code::invalid_request, "the request is too long",
                               "at most " + std::to_string(max_request) + " bytes a line"}));
  }
  skipped_ += n;
  if (whole) skipping_ = false;
  if (skipped_ > hub_.limits.skipped) {
    ++hub_.stats.dropped;
    drop();
  }
}

void Connection::take(std::string_view line) {
  ++hub_.stats.requests;
  if (const auto request = parse_request(line))
    dispatch(*request);
  else
    answer(error_line(request.error().id, request.error().error));
}

void Connection::dispatch(const Request& request) {
  ++under_way_;
  const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(request.integer("limit").value_or(0), 0));
  Responder responder(weak_from_this(), request.id(), limit, caller_);
  const Method* method = find_method(request.method());
  if (method == nullptr) return responder.error(unknown_method(request.method()));
  if (method->access == Access::admin && caller_.access != Access::admin)
    return responder.error({Code::denied, request.method() + " needs admin access",
                            "use the admin socket, as root or a member of its group"});
  if (const auto ok = check_params(*method, request.params()); !ok)
    return responder.error({Code::invalid_params, ok.error().text, "rpc.describe lists the parameters"});
  if (request.method() == "rpc.describe") return responder.result(describe());
  if (request.method() == "subscription.cancel")
    return responder.result({{"cancelled", cancel(request.integer("id").value_or(0))}});
  call(request, std::move(responder), method->access);
}

void Connection::call(const Request& request, Responder responder, Access access) {
  const auto handler = hub_.handlers.find(request.method());
  if (handler == hub_.handlers.end())
    return responder.error({Code::method_not_found, "this daemon does not do " + request.method(), ""});
  if (access == Access::admin)
    base::log::info("control", request.method() + " asked by uid " + std::to_string(caller_.uid) + ", pid " +
                                   std::to_string(caller_.pid));
  try {
    handler->second(request, std::move(responder));
  } catch (const std::exception& e) {
    // The responder has answered when it was dropped; one method's mistake ends one request.
    base::log::error("control", request.method() + ": " + e.what());
  }
}

void Connection::answer(const std::string& line) {
  if (gone_) return;
  if (stream_->pending() > hub_.limits.answers) {
    ++hub_.stats.dropped;
    return drop();
  }
  stream_->write(base::as_bytes(line));
  if (stream_->pending() != 0) hub_.watch_readers();
}

void Connection::answered() {
  --under_way_;
  resume();
  close_if_done();
}

std::shared_ptr<Subscription> Connection::subscribe(std::uint64_t limit) {
  if (gone_ || subscriptions_.size() >= hub_.limits.subscriptions || !hub_.may_subscribe()) return nullptr;
  auto s = std::make_shared<Subscription>(hub_.next_subscription++, limit, hub_.limits.subscription,
                                          [this] { next_turn_.schedule(); });
  subscriptions_.push_back(s);
  return s;
}

bool Connection::cancel(std::int64_t id) {
  const auto s = std::ranges::find(subscriptions_, static_cast<std::uint64_t>(id), &Subscription::id);
  if (s == subscriptions_.end()) return false;
  const auto held = std::move(*s);
  subscriptions_.erase(s);
  held->cancel();
  return true;
}

void Connection::finish_streams(std::string_view why) {
  for (const auto& s : subscriptions_) s->finish(why);
  flush();
}

void Connection::next_turn() {
  yielded_ = false;
  resume();
  flush();
}

void Connection::flush() {
  std::string batch;
  while (!gone_ && stream_->pending() == 0) {
    batch.clear();
    for (const auto& s : subscriptions_)
      while (batch.size() < batch_size && s->waiting()) batch += s->next();
    if (batch.empty()) break;
    stream_->write(base::as_bytes(batch));
  }
  std::erase_if(subscriptions_, [](const auto& s) { return s->closed() && !s->waiting(); });
  close_if_done();
}

bool Connection::saturated() const { return under_way_ >= hub_.limits.requests || stream_->pending() > enough_unread; }

void Connection::resume() {
  if (!gone_ && !ended_ && !yielded_ && !saturated() && !stream_->reading()) stream_->read_start();
}

void Connection::on_writable() {
  resume();
  flush();
}

void Connection::on_end(net::EndReason reason) {
  ended_ = true;
  // A client that only finished sending still gets its answers.
  if (reason.kind != net::EndReason::Kind::fin || hung_up()) return drop();
  close_if_done();
}

bool Connection::hung_up() const {
  pollfd p{stream_->fd(), 0, 0};
  return ::poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

void Connection::close_if_done() {
  if (!gone_ && ended_ && idle()) drop();
}

void Connection::drop() {
  if (std::exchange(gone_, true)) return;
  next_turn_.cancel();
  stream_->close();
  hub_.remove(*this);
  for (const auto& s : std::exchange(subscriptions_, {})) s->cancel();
}

}  // namespace rpc
