#include "net/http_fetch.hh"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/log.hh"
#include "base/text.hh"
#include "base/version.hh"
#include "net/curl_library.hh"
#include "net/http_validator.hh"
#include "net/poll.hh"
#include "net/timer.hh"

namespace net {

namespace {

constexpr long most_redirects = 8;
constexpr long receive_buffer = 128L << 10;

long milliseconds(base::Nanos n) { return static_cast<long>(n / base::millisecond); }
long whole_seconds(base::Nanos n) { return static_cast<long>((n + base::second - 1) / base::second); }

// What time may heal. Names that do not exist now may do so soon, as may routes.
bool is_passing(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

}  // namespace

struct HttpFetch::Transfer {
  Transfer(Loop& l, const std::string& url, HttpOptions o, Handler& h);
  ~Transfer();
  void begin();
  void act(curl_socket_t fd, int events);
  void finished(CURLcode code);
  void end(std::string text);
  bool nobody_there(CURLcode code) const;
  bool check_answer();
  std::size_t body(base::Bytes data);
  void watch(curl_socket_t fd, int what);
  std::string reason(CURLcode code) const;
  std::string header(const char* header_name) const;
  HttpVersion version(bool partial) const;

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long delay, void* self);

  Loop& loop;
  const std::string name;  // the URL, for texts
  const HttpOptions options;
  Handler& handler;
  const CurlLibrary* curl = nullptr;
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  char said[CURL_ERROR_SIZE] = {};

  struct Socket {
    curl_socket_t fd;
    std::unique_ptr<Poll> poll;
  };
  std::vector<Socket> sockets;
  Timer timer, retry;
  Deferred tell;

  std::uint64_t received = 0;
  std::uint64_t skip = 0;         // of this answer: it was received before
  std::uint64_t progress_at = 0;  // of received
  std::uint32_t tries = 0;
  HttpVersion of_first;
  std::string problem;  // found in an answer
  std::string outcome;
  bool safe = false;  // the URL is https
  bool checked = false, paused = false, running = false;
};

HttpFetch::Transfer::Transfer(Loop& l, const std::string& url, HttpOptions o, Handler& h)
    : loop(l),
      name(public_url(url)),
      options(o),
      handler(h),
      timer(l, [this] { act(CURL_SOCKET_TIMEOUT, 0); }),
      retry(l, [this] { begin(); }),
      tell(l, [this] { handler.on_end(std::string(outcome)); }) {
  const auto library = CurlLibrary::get();
  if (!library) {
    end(library.error().text);
    return;
  }
  curl = *library;
  multi = curl->multi_init();
  easy = curl->easy_init();
  if (multi == nullptr || easy == nullptr) {
    end("out of memory");
    return;
  }
  curl->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Transfer::on_socket);
  curl->multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Transfer::on_timer);
  curl->multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  // From https only to https: a redirect must not take the protection away.
  safe = base::lower(url.substr(0, 6)) == "https:";
  curl->easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl->easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, safe ? "https" : "http,https");
  curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl->easy_setopt(easy, CURLOPT_MAXREDIRS, most_redirects);
  curl->easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Not to wait for a look-up that hangs.
  curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.timeout));
  curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, whole_seconds(options.timeout));
  curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_buffer);
  curl->easy_setopt(easy, CURLOPT_USERAGENT, (std::string("bgpiped/") + base::version).c_str());
  curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, said);
  curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl->easy_setopt(easy, CURLOPT_WRITEDATA, this);
  begin();
}

HttpFetch::Transfer::~Transfer() {
  if (curl == nullptr) return;
  if (running) curl->multi_remove_handle(multi, easy);
  curl->easy_cleanup(easy);
  curl->multi_cleanup(multi);
  curl->slist_free_all(headers);
}

void HttpFetch::Transfer::begin() {
  checked = paused = false;
  skip = 0;
  said[0] = '\0';
  curl->slist_free_all(std::exchange(headers, nullptr));
  const std::string range = std::to_string(received) + "-";
  curl->easy_setopt(easy, CURLOPT_RANGE, received == 0 ? nullptr : range.c_str());
  if (received != 0) headers = curl->slist_append(nullptr, ("If-Range: " + std::string(of_first.validator())).c_str());
  curl->easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  running = curl->multi_add_handle(multi, easy) == CURLM_OK;
  if (!running) end("out of memory");
}

// The last thing a caller does here.
void HttpFetch::Transfer::act(curl_socket_t fd, int events) {
  int left = 0;
  curl->multi_socket_action(multi, fd, events, &left);
  while (const CURLMsg* const m = curl->multi_info_read(multi, &left)) {
    if (m->msg != CURLMSG_DONE) continue;
    finished(m->data.result);
    return;
  }
}

void HttpFetch::Transfer::finished(CURLcode code) {
  // An answer without a body has not been looked at.
  if (code == CURLE_OK && !checked && !check_answer()) code = CURLE_WRITE_ERROR;
  long status = 0;
  curl_off_t wanted_wait = 0;
  curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl->easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wanted_wait);
  const std::string text = problem.empty() ? reason(code) : problem;
  const auto rest = parse_content_range(header("content-range"));
  curl->multi_remove_handle(multi, easy);
  running = paused = false;
  if (code == CURLE_OK) return end("");
  const bool refused = code == CURLE_HTTP_RETURNED_ERROR;
  // The end was cut off when all of the body was here already.
  if (refused && status == 416 && received != 0 && rest && rest->size == received) return end("");
  const bool passing = problem.empty() && (refused ? net::is_passing(status) : is_passing(code));
  if (!passing || (received == 0 && nobody_there(code))) return end(text);
  if (received != 0 && of_first.validator().empty())
    return end(text + "; it broke off at byte " + std::to_string(received) +
               ", and the server sends neither ETag nor Last-Modified to go on with");
  const bool reached = received != 0 || refused || code == CURLE_OPERATION_TIMEDOUT;
  if (tries >= (reached ? options.retries : std::min(options.retries, options.first_retries)))
    return end(tries == 0 ? text : text + " (tried " + std::to_string(tries + 1) + " times)");
  const base::Nanos asked = std::clamp<base::Nanos>(wanted_wait, 0, options.longest_wait / base::second) * base::second;
  const base::Nanos own = std::min(options.longest_wait, options.first_wait << std::min(tries, 20U));
  const base::Nanos wait = std::max(asked, own);
  base::log::warn("", name + ": " + text + "; trying again in " + base::duration_text(wait));
  ++tries;
  retry.start(wait);
}

// The machine answers that nothing listens there.
bool HttpFetch::Transfer::nobody_there(CURLcode code) const {
  long error = 0;
  curl->easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
  return code == CURLE_COULDNT_CONNECT && error == ECONNREFUSED;
}

void HttpFetch::Transfer::end(std::string text) {
  outcome = text.empty() ? text : name + ": " + text;
  timer.stop();
  tell.schedule();
}

std::string HttpFetch::Transfer::reason(CURLcode code) const {
  long status = 0;
  curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_HTTP_RETURNED_ERROR) return status_text(status);
  if (code == CURLE_TOO_MANY_REDIRECTS) return "redirected more than " + std::to_string(most_redirects) + " times";
  if (code == CURLE_UNSUPPORTED_PROTOCOL)
    return std::string("redirected to what is not allowed: ") +
           (safe ? "from https only to https" : "only to http and https");
  if (nobody_there(code)) return "connection refused";
  return base::printable(said[0] != '\0' ? said : curl->easy_strerror(code));
}

std::string HttpFetch::Transfer::header(const char* header_name) const {
  curl_header* found = nullptr;
  return curl->easy_header(easy, header_name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
}

HttpVersion HttpFetch::Transfer::version(bool partial) const {
  HttpVersion v{header("etag"), header("last-modified"), {}};
  curl_off_t length = -1;
  curl->easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (partial) {
    if (const auto range = parse_content_range(header("content-range"))) v.size = range->size;
  } else if (length >= 0) {
    v.size = static_cast<std::uint64_t>(length);
  }
  return v;
}

// Whether the body that comes is what was asked for; once for each answer.
bool HttpFetch::Transfer::check_answer() {
  checked = true;
  long status = 0;
  curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  const bool partial = status == 206 && received != 0;
  if (status != 200 && !partial) {
    problem = "the server answers " + status_text(status);
    return false;
  }
  const HttpVersion now = version(partial);
  if (received == 0) {
    of_first = now;
    return true;
  }
  const auto range = parse_content_range(header("content-range"));
  // Part of an answer with If-Range need not repeat what it was asked for by (RFC 9110 15.3.7).
  const bool silent = partial && now.validator().empty() && (!now.size || now.size == of_first.size);
  if ((!now.same(of_first) && !silent) || (partial && (!range || range->first != received))) {
    problem = "it has changed on the server since its first " + std::to_string(received) + " bytes were read";
    return false;
  }
  skip = partial ? 0 : received;
  return true;
}

std::size_t HttpFetch::Transfer::body(base::Bytes data) {
  if (!checked && !check_answer()) return 0;
  const std::size_t old = std::min<std::uint64_t>(skip, data.size());
  if (old < data.size() && !handler.on_body(data.subspan(old))) {
    paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  skip -= old;
  received += data.size() - old;
  if (received - progress_at >= options.progress) {
    progress_at = received;
    tries = 0;
  }
  return data.size();
}

std::size_t HttpFetch::Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->body(base::as_bytes({data, size * count}));
}

int HttpFetch::Transfer::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  static_cast<Transfer*>(self)->watch(fd, what);
  return 0;
}

void HttpFetch::Transfer::watch(curl_socket_t fd, int what) {
  const auto at = std::ranges::find(sockets, fd, &Socket::fd);
  if (what == CURL_POLL_REMOVE) {
    if (at != sockets.end()) sockets.erase(at);
    return;
  }
  const int events =
      ((what & CURL_POLL_IN) != 0 ? Poll::readable : 0) | ((what & CURL_POLL_OUT) != 0 ? Poll::writable : 0);
  if (at != sockets.end()) return at->poll->watch(events);
  auto poll = std::make_unique<Poll>(loop, fd, [this, fd](int happened) {
    act(fd, ((happened & Poll::readable) != 0 ? CURL_CSELECT_IN : 0) |
                ((happened & Poll::writable) != 0 ? CURL_CSELECT_OUT : 0));
  });
  poll->watch(events);
  sockets.push_back({fd, std::move(poll)});
}

int HttpFetch::Transfer::on_timer(CURLM*, long delay, void* self) {
  auto& timer = static_cast<Transfer*>(self)->timer;
  if (delay < 0)
    timer.stop();
  else
    timer.start(delay * base::millisecond);
  return 0;
}

bool is_url(std::string_view text) {
  const std::string start = base::lower(text.substr(0, 8));
  return start.starts_with("http://") || start.starts_with("https://");
}

std::string public_url(const std::string& url) {
  const std::size_t host = url.find("://");
  if (host == std::string::npos) return url;
  const std::size_t end = std::min(url.find_first_of("/?#", host + 3), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string::npos || at < host + 3) return url;
  return url.substr(0, host + 3) + url.substr(at + 1);
}

HttpFetch::HttpFetch(Loop& loop, const std::string& url, HttpOptions options, Handler& handler)
    : transfer_(std::make_unique<Transfer>(loop, url, options, handler)) {}

HttpFetch::~HttpFetch() = default;

void HttpFetch::resume() {
  if (!std::exchange(transfer_->paused, false)) return;
  transfer_->curl->easy_pause(transfer_->easy, CURLPAUSE_CONT);
  transfer_->act(CURL_SOCKET_TIMEOUT, 0);
}

std::uint64_t HttpFetch::received() const { return transfer_->received; }

}  // namespace net
