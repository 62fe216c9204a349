#include "super/worker.hh"

namespace super {

namespace {
// Rendered messages that may be under way to the main loop.
constexpr std::size_t tapped_bound = 1 << 20;
}  // namespace

// Only values cross: each call is a task in the main loop's mailbox. What may come in any number is dropped, counted,
// when that is full; what must not be lost is bounded by the number of sessions.
class SessionWorker::Host final : public pipeline::SessionHost {
 public:
  Host(SessionWorker& worker, std::uint32_t id) : worker_(worker), id_(id) {}

  void publish(pipeline::SessionStatus s) override {
    worker_.to_main_.post([&calls = worker_.calls_, s = std::move(s)]() mutable { calls.status(std::move(s)); });
  }
  void event(pipeline::Event e) override {
    if (!worker_.to_main_.post([&calls = worker_.calls_, e = std::move(e)]() mutable { calls.event(std::move(e)); }))
      ++worker_.lost_;
  }
  void ended(std::uint32_t session, bool failed) override {
    worker_.to_main_.post_always([&calls = worker_.calls_, session, failed] { calls.ended(session, failed); });
  }
  bool tapped(std::uint64_t tap, std::string lines, std::uint64_t lost) override {
    const std::size_t size = lines.size();
    if (worker_.tapped_.load(std::memory_order_relaxed) > tapped_bound) return false;
    worker_.tapped_ += size;
    const bool taken =
        worker_.to_main_.post([&w = worker_, tap, id = id_, lines = std::move(lines), lost, size]() mutable {
          w.tapped_ -= size;
          w.calls_.tapped(tap, id, std::move(lines), lost);
        });
    if (!taken) worker_.tapped_ -= size;
    return taken;
  }

 private:
  SessionWorker& worker_;
  std::uint32_t id_;
};

SessionWorker::SessionWorker(unsigned index, net::Mailbox& to_main, const MainCalls& calls)
    : index_(index), to_main_(to_main), calls_(calls), worker_("worker-" + std::to_string(index)) {
  worker_.inbox().post_always([this] {
    tick_ = std::make_unique<net::Timer>(worker_.loop(), [this] {
      for (auto& [id, e] : entries_) e.session->tick();
    });
    tick_->start(base::second, base::second);
  });
}

SessionWorker::~SessionWorker() {
  worker_.stop();
  entries_.clear();
  tick_.reset();
  quiet_.reset();
}

void SessionWorker::when_quiet(std::function<void()> call) {
  worker_.inbox().post_always([this, call = std::move(call)] {
    constexpr base::Nanos look_again = 5 * base::millisecond;
    quiet_ = std::make_unique<net::Timer>(worker_.loop(), [this, call] {
      if (worker_.loop().keeps_any()) return;
      quiet_->stop();
      call();
    });
    quiet_->start(0, look_again);
  });
}

void SessionWorker::create(std::uint32_t id, std::shared_ptr<const pipeline::PipelineSpec> spec, std::string peer) {
  ++count_;
  worker_.inbox().post_always([this, id, spec = std::move(spec), peer = std::move(peer)] {
    auto host = std::make_unique<Host>(*this, id);
    auto session = std::make_unique<pipeline::Session>(worker_.loop(), *host, spec, id, index_, peer);
    entries_.emplace(id, Entry{std::move(host), std::move(session)});
  });
}

void SessionWorker::destroy(std::uint32_t id) {
  --count_;
  worker_.inbox().post_always([this, id] { entries_.erase(id); });
}

void SessionWorker::with(std::uint32_t id, std::move_only_function<void(pipeline::Session&)> call) {
  worker_.inbox().post_always([this, id, call = std::move(call)]() mutable {
    const auto at = entries_.find(id);
    if (at != entries_.end()) call(*at->second.session);
  });
}

}  // namespace super
