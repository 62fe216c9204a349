#include "net/signals.hh"

#include <uv.h>

#include <utility>

namespace net {

Signals::Signals(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> call)
    : call_(std::move(call)) {
  for (const int number : signals) {
    auto& h = handles_.emplace_back(new uv_signal_t);
    uv_signal_init(loop.raw(), h.get());
    h->data = this;
    const auto on_signal = [](uv_signal_t* s, int n) {
      // A copy: the call may destroy what it stands in.
      if (s->data == nullptr) return;
      const auto f = static_cast<Signals*>(s->data)->call_;
      f(n);
    };
    uv_signal_start(h.get(), on_signal, number);
  }
}

Signals::~Signals() = default;

}  // namespace net
