// libcurl, loaded when it is first needed: it and the libraries behind it take longer to load than all else that a
// process has to do before it works, and most processes fetch nothing.
#pragma once

#include <curl/curl.h>

#include "base/result.hh"

namespace net {

struct CurlLibrary {
  // Once for the process; safe on every thread. The error says why it cannot be had.
  static base::Result<const CurlLibrary*> get();

  decltype(&curl_global_init) global_init{};
  decltype(&curl_easy_init) easy_init{};
  decltype(&curl_easy_cleanup) easy_cleanup{};
  decltype(&curl_easy_setopt) easy_setopt{};
  decltype(&curl_easy_getinfo) easy_getinfo{};
  decltype(&curl_easy_header) easy_header{};
  decltype(&curl_easy_pause) easy_pause{};
  decltype(&curl_easy_strerror) easy_strerror{};
  decltype(&curl_multi_init) multi_init{};
  decltype(&curl_multi_cleanup) multi_cleanup{};
  decltype(&curl_multi_setopt) multi_setopt{};
  decltype(&curl_multi_add_handle) multi_add_handle{};
  decltype(&curl_multi_remove_handle) multi_remove_handle{};
  decltype(&curl_multi_socket_action) multi_socket_action{};
  decltype(&curl_multi_info_read) multi_info_read{};
  decltype(&curl_slist_append) slist_append{};
  decltype(&curl_slist_free_all) slist_free_all{};
};

}  // namespace net
