#include "net/mailbox.hh"

#include <uv.h>

#include <utility>

namespace net {

Mailbox::Mailbox(Loop& reader, std::size_t bound) : bound_(bound), wake_(new uv_async_t) {
  uv_async_init(reader.raw(), wake_.get(), [](uv_async_t* h) {
    if (h->data != nullptr) static_cast<Mailbox*>(h->data)->run();
  });
  wake_->data = this;
}

Mailbox::~Mailbox() { close(); }

bool Mailbox::post(Task task) { return put(std::move(task), true); }
bool Mailbox::post_always(Task task) { return put(std::move(task), false); }

bool Mailbox::put(Task task, bool counted) {
  const std::scoped_lock hold(lock_);
  if (closed_ || (counted && counted_.load(std::memory_order_relaxed) >= bound_)) return false;
  items_.push_back({std::move(task), counted});
  if (counted) counted_.fetch_add(1, std::memory_order_relaxed);
  // Under the lock, so that close() cannot take the handle away in between.
  if (!std::exchange(woken_, true)) uv_async_send(wake_.get());
  return true;
}

bool Mailbox::take(Item& out) {
  const std::scoped_lock hold(lock_);
  if (items_.empty()) {
    woken_ = false;
    return false;
  }
  out = std::move(items_.front());
  items_.pop_front();
  if (out.counted) counted_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void Mailbox::run() {
  uv_async_t* const wake = wake_.get();
  for (std::size_t i = 0; i < burst; ++i) {
    Item item;
    if (!take(item)) return;
    item.task();
    if (wake->data == nullptr) return;
  }
  uv_async_send(wake);
}

void Mailbox::close() {
  std::deque<Item> dropped;
  const std::scoped_lock hold(lock_);
  closed_ = true;
  dropped.swap(items_);
  counted_ = 0;
  wake_.reset();
}

void Mailbox::unref() { uv_unref(reinterpret_cast<uv_handle_t*>(wake_.get())); }

}  // namespace net
