#include "net/curl_library.hh"

#include <dlfcn.h>

namespace net {

namespace {

// The ABI that curl/curl.h describes.
constexpr const char* file = "libcurl.so.4";

template <class Function>
void take(void* library, const char* name, Function& f) {
  f = reinterpret_cast<Function>(dlsym(library, name));
}

base::Result<CurlLibrary> load() {
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return base::fail(std::string("libcurl is needed to fetch it: ") + dlerror());
  CurlLibrary c;
  take(library, "curl_global_init", c.global_init);
  take(library, "curl_easy_init", c.easy_init);
  take(library, "curl_easy_cleanup", c.easy_cleanup);
  take(library, "curl_easy_setopt", c.easy_setopt);
  take(library, "curl_easy_getinfo", c.easy_getinfo);
  take(library, "curl_easy_header", c.easy_header);
  take(library, "curl_easy_pause", c.easy_pause);
  take(library, "curl_easy_strerror", c.easy_strerror);
  take(library, "curl_multi_init", c.multi_init);
  take(library, "curl_multi_cleanup", c.multi_cleanup);
  take(library, "curl_multi_setopt", c.multi_setopt);
  take(library, "curl_multi_add_handle", c.multi_add_handle);
  take(library, "curl_multi_remove_handle", c.multi_remove_handle);
  take(library, "curl_multi_socket_action", c.multi_socket_action);
  take(library, "curl_multi_info_read", c.multi_info_read);
  take(library, "curl_slist_append", c.slist_append);
  take(library, "curl_slist_free_all", c.slist_free_all);
  // The youngest of them (7.83).
  if (c.easy_header == nullptr) return base::fail(std::string(file) + " is too old: 7.83 or later is needed");
  c.global_init(CURL_GLOBAL_DEFAULT);
  return c;
}

}  // namespace

base::Result<const CurlLibrary*> CurlLibrary::get() {
  static const base::Result<CurlLibrary> loaded = load();
  if (!loaded) return std::unexpected(loaded.error());
  return &*loaded;
}

}  // namespace net
