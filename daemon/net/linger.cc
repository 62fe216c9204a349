#include "net/linger.hh"

#include <utility>

#include "net/timer.hh"

namespace net {

namespace {
class Lingering final : public Kept, public Stream::Handler {
 public:
  Lingering(std::unique_ptr<Stream> stream, base::Nanos patience)
      : stream_(std::move(stream)), over_(stream_->loop(), [this] { delete this; }) {
    stream_->set_handler(*this);
    stream_->shutdown();
    stream_->read_start();
    over_.start(patience);
  }

  std::size_t on_read(base::Bytes data) override { return data.size(); }
  void on_end(EndReason reason) override {
    ended_ = true;
    if (reason.kind != EndReason::Kind::fin || stream_->pending() == 0) delete this;
  }
  void on_writable() override {
    if (ended_) delete this;
  }

 private:
  std::unique_ptr<Stream> stream_;
  Timer over_;
  bool ended_ = false;
};
}  // namespace

void linger(std::unique_ptr<Stream> stream, base::Nanos patience) {
  if (!stream || stream->closed()) return;
  Loop& loop = stream->loop();
  loop.keep(std::make_unique<Lingering>(std::move(stream), patience));
}

}  // namespace net
