#include "net/resolve.hh"

#include <netdb.h>
#include <uv.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "net/socket.hh"
#include "net/worker.hh"

namespace net {

namespace {
using Addresses = base::Result<std::vector<base::Address>>;

std::string reason(int code, int system_error) {
  switch (code) {
    case EAI_NONAME:
    case EAI_NODATA: return "no such name";
    case EAI_AGAIN: return "no name server answers";
    case EAI_SYSTEM: return error_text(system_error);
    default: return gai_strerror(code);
  }
}

Addresses look_up(const std::string& host, base::IpFamily family) {
  addrinfo hints{};
  hints.ai_family = family == base::IpFamily::v4 ? AF_INET : family == base::IpFamily::v6 ? AF_INET6 : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0)
    return base::fail("look up " + host + ": " + reason(code, errno));
  std::vector<base::Address> found;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
    const base::Address address = to_endpoint(a->ai_addr).address;
    if (!address.empty() && std::ranges::find(found, address) == found.end()) found.push_back(address);
  }
  freeaddrinfo(list);
  if (found.empty()) return base::fail("look up " + host + ": no address");
  return found;
}

// What the loop and the helper thread share; whoever lets go last frees it.
struct Shared {
  std::mutex lock;
  uv_async_t* wake = nullptr;  // null once the loop has lost interest
  bool ready = false;
  Addresses result;
};

std::atomic<int> under_way = 0;
constexpr int most = 256;

void answer(Shared& shared, Addresses result) {
  const std::scoped_lock hold(shared.lock);
  shared.result = std::move(result);
  shared.ready = true;
  if (shared.wake != nullptr) uv_async_send(shared.wake);
}

void start(const std::shared_ptr<Shared>& shared, const std::string& host, base::IpFamily family) {
  if (under_way.fetch_add(1) >= most) {
    --under_way;
    return answer(*shared, base::fail("look up " + host + ": too many look-ups are under way"));
  }
  try {
    const SignalsBlocked blocked;
    std::thread([shared, host, family] {
      answer(*shared, look_up(host, family));
      --under_way;
    }).detach();
  } catch (const std::system_error& e) {
    --under_way;
    answer(*shared, base::fail("look up " + host + ": " + error_text(e.code().value())));
  }
}
}  // namespace

struct Resolve::Impl {
  Done done;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  Handle<uv_async_s> wake;

  ~Impl() {
    const std::scoped_lock hold(shared->lock);
    shared->wake = nullptr;
  }
  void finish() {
    Addresses result;
    {
      const std::scoped_lock hold(shared->lock);
      if (!shared->ready) return;
      result = std::move(shared->result);
    }
    wake.reset();
    auto call = std::move(done);
    call(std::move(result));
  }
};

Resolve::Resolve(Loop& loop, const std::string& host, base::IpFamily family, Done done)
    : impl_(std::make_unique<Impl>()) {
  impl_->done = std::move(done);
  impl_->wake.reset(new uv_async_t);
  uv_async_init(loop.raw(), impl_->wake.get(), [](uv_async_t* h) {
    if (h->data != nullptr) static_cast<Impl*>(h->data)->finish();
  });
  impl_->wake->data = impl_.get();
  impl_->shared->wake = impl_->wake.get();
  start(impl_->shared, host, family);
}

Resolve::~Resolve() = default;

}  // namespace net
