#include "net/handle.hh"

#include <uv.h>

namespace net {

template <class H>
void Closer<H>::operator()(H* handle) const noexcept {
  auto* const base = reinterpret_cast<uv_handle_t*>(handle);
  base->data = nullptr;
  uv_close(base, [](uv_handle_t* h) { delete reinterpret_cast<H*>(h); });
}

template struct Closer<uv_async_t>;
template struct Closer<uv_check_t>;
template struct Closer<uv_idle_t>;
template struct Closer<uv_poll_t>;
template struct Closer<uv_prepare_t>;
template struct Closer<uv_process_t>;
template struct Closer<uv_signal_t>;
template struct Closer<uv_timer_t>;

}  // namespace net
