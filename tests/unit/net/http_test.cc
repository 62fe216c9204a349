#include <doctest/doctest.h>

#include "file_support.hh"
#include "net/file_reader.hh"
#include "net/http_fetch.hh"
#include "net/http_validator.hh"
#include "support/http_server.hh"

using namespace net;
using Answer = HttpServer::Answer;

namespace {

struct Body final : HttpFetch::Handler {
  explicit Body(Loop& l) : loop(l) {}
  bool on_body(base::Bytes data) override {
    if (refuse > 0) {
      --refuse;
      return false;
    }
    text += base::as_text(data);
    return true;
  }
  void on_end(std::string_view e) override {
    error = e;
    over = true;
    fetch.reset();
    loop.stop();
  }
  void run(const std::string& url, HttpOptions options = {.first_wait = base::millisecond}) {
    fetch = std::make_unique<HttpFetch>(loop, url, options, *this);
    CHECK(run_until(loop, [&] {
      if (fetch && refuse == 0) fetch->resume();
      return over;
    }));
  }

  Loop& loop;
  std::unique_ptr<HttpFetch> fetch;
  std::string text, error;
  int refuse = 0;
  bool over = false;
};

struct Got {
  std::string text, error;
};
Got get(const std::string& url, HttpOptions options = {.first_wait = base::millisecond}) {
  Loop loop;
  Body body(loop);
  body.run(url, options);
  return {body.text, body.error};
}

const std::string etag = "ETag: \"one\"\r\n";
const std::string content = [] {
  std::string s;
  for (int i = 0; s.size() < 300'000; ++i) s += std::to_string(i) + " ";
  return s;
}();

std::string whole(const std::string& extra = etag) { return http_head("200 OK", content.size(), extra) + content; }
std::string cut(std::size_t size, const std::string& extra = etag) {
  return http_head("200 OK", content.size(), extra) + content.substr(0, size);
}
std::string rest(std::size_t from, const std::string& extra = etag) {
  const std::string range = "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(content.size() - 1) +
                            "/" + std::to_string(content.size()) + "\r\n";
  return http_head("206 Partial Content", content.size() - from, extra + range) + content.substr(from);
}
// The value of a header of a request.
std::string value(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t start = at + name.size() + 4;
  return request.substr(start, request.find("\r\n", start) - start);
}

}  // namespace

TEST_CASE("http: URLs are told by their start, and shown without user and password") {
  CHECK(is_url("http://example.net/updates.gz"));
  CHECK(is_url("HTTPS://example.net"));
  CHECK_FALSE(is_url("httpd.log"));
  CHECK_FALSE(is_url("ftp://example.net/"));
  CHECK(public_url("https://user:secret@example.net/a@b") == "https://example.net/a@b");
  CHECK(public_url("https://example.net/a@b") == "https://example.net/a@b");
}

TEST_CASE("http: a range says where it begins and how much there is (RFC 9110 14.4)") {
  const auto range = parse_content_range("bytes 100-199/2000");
  REQUIRE(range);
  CHECK(range->first == 100);
  CHECK(range->size == 2000U);
  CHECK_FALSE(parse_content_range("bytes 100-199/*")->size);
  CHECK(parse_content_range("bytes */2000")->size == 2000U);
  for (const char* bad : {"", "bytes", "bytes 5-4/9", "bytes a-b/c", "items 1-2/3", "bytes 1-2/3x", "bytes 1-2"})
    CHECK_FALSE(parse_content_range(bad));
}

TEST_CASE("http: two answers are the same version if they share a validator (RFC 9110 8.8)") {
  const HttpVersion v{"\"a\"", "Mon, 01 Jan 2024 00:00:00 GMT", 5};
  CHECK(v.validator() == "\"a\"");
  CHECK(v.same(v));
  CHECK_FALSE(v.same({"\"b\"", v.last_modified, 5}));
  CHECK_FALSE(v.same({"\"a\"", v.last_modified, 6}));
  CHECK_FALSE(HttpVersion{"", "", 5}.same({"", "", 5}));
  CHECK(HttpVersion{"W/\"a\"", "", 5}.validator().empty());
  CHECK(HttpVersion{"", v.last_modified, {}}.same({"", v.last_modified, 5}));
}

TEST_CASE("http: a file comes whole, and who asks is named") {
  HttpServer server([](std::size_t, const std::string&) { return Answer{whole()}; });
  const Got got = get(server.url("/dir/f.gz?x=1"));
  CHECK(got.error.empty());
  CHECK(got.text == content);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].starts_with("GET /dir/f.gz?x=1 HTTP/1.1\r\n"));
  CHECK(value(server.requests()[0], "User-Agent").starts_with("bgpiped/"));
  CHECK(value(server.requests()[0], "Range").empty());
}

TEST_CASE("http: what was cut off goes on where it stopped, if it is the same file still (RFC 9110 13.1.5)") {
  for (const std::string& validator :
       {std::string("ETag: \"one\"\r\n"), std::string("Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n")}) {
    HttpServer server([&](std::size_t number, const std::string&) {
      return number == 0 ? Answer{cut(100'000, validator)} : Answer{rest(100'000, validator)};
    });
    const Got got = get(server.url());
    CHECK(got.error.empty());
    CHECK(got.text == content);
    REQUIRE(server.requests().size() == 2);
    CHECK(value(server.requests()[1], "Range") == "bytes=100000-");
    CHECK(validator.find(value(server.requests()[1], "If-Range")) != std::string::npos);
    CHECK_FALSE(value(server.requests()[1], "If-Range").empty());
  }
}

TEST_CASE("http: a server that knows no ranges gives all of it again, and no byte is taken twice") {
  HttpServer server([](std::size_t number, const std::string&) {
    return number < 2 ? Answer{cut(100'000 + 1000 * number)} : Answer{whole()};
  });
  const Got got = get(server.url());
  CHECK(got.error.empty());
  CHECK(got.text == content);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("http: parts of two versions of a file are never put together") {
  const std::string other = "ETag: \"two\"\r\n";
  for (const std::string& second : {whole(other), rest(100'000, other), rest(90'000), whole("")}) {
    HttpServer server(
        [&](std::size_t number, const std::string&) { return number == 0 ? Answer{cut(100'000)} : Answer{second}; });
    const Got got = get(server.url());
    CHECK(got.error == server.url() + ": it has changed on the server since its first 100000 bytes were read");
    CHECK(got.text == content.substr(0, 100'000));
  }
}

TEST_CASE("http: a server that sends a byte for each try is given up in the end") {
  HttpServer server([&](std::size_t number, const std::string&) {
    if (number == 0) return Answer{cut(1)};
    return Answer{rest(number).substr(0, rest(number).find("\r\n\r\n") + 5)};
  });
  const Got got = get(server.url());
  CHECK_FALSE(got.error.empty());
  CHECK(server.requests().size() == 6);
}

TEST_CASE("http: without a validator nothing is resumed") {
  HttpServer server([](std::size_t, const std::string&) { return Answer{cut(100'000, "")}; });
  const Got got = get(server.url());
  CHECK(got.error.find("broke off at byte 100000, and the server sends neither ETag nor Last-Modified") !=
        std::string::npos);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("http: a refusal that may pass is tried again, others are final, with URL and status") {
  HttpServer busy([](std::size_t number, const std::string&) {
    return number < 2 ? Answer{http_head("503 Service Unavailable", 4) + "busy"} : Answer{whole()};
  });
  CHECK(get(busy.url()).text == content);
  CHECK(busy.requests().size() == 3);
  HttpServer always([](std::size_t, const std::string&) { return Answer{http_head("503 No", 0)}; });
  CHECK(get(always.url(), {.retries = 2, .first_wait = base::millisecond}).error ==
        always.url() + ": 503 Service Unavailable (tried 3 times)");
  CHECK(always.requests().size() == 3);
  HttpServer none([](std::size_t, const std::string&) { return Answer{http_head("404 Gone Fishing", 4) + "none"}; });
  const Got got = get(none.url());
  CHECK(got.error == none.url() + ": 404 Not Found");
  CHECK(got.text.empty());
  CHECK(none.requests().size() == 1);
}

TEST_CASE("http: redirects are followed, to http and https only, and not for ever") {
  const auto to = [](const std::string& url) { return Answer{http_head("302 Found", 0, "Location: " + url + "\r\n")}; };
  HttpServer target([](std::size_t, const std::string&) { return Answer{whole()}; });
  HttpServer once([&](std::size_t, const std::string&) { return to(target.url()); });
  CHECK(get(once.url()).text == content);
  HttpServer loop([&](std::size_t, const std::string&) { return to("/again"); });
  CHECK(get(loop.url()).error == loop.url() + ": redirected more than 8 times");
  CHECK(loop.requests().size() == 9);
  HttpServer elsewhere([&](std::size_t, const std::string&) { return to("file:///etc/hostname"); });
  const Got got = get(elsewhere.url());
  CHECK(got.error == elsewhere.url() + ": redirected to what is not allowed: only to http and https");
  CHECK(got.text.empty());
}

TEST_CASE("http: a server that says nothing is given up, before and inside the body") {
  for (const std::string& start : {std::string(), cut(1000)}) {
    HttpServer server([&](std::size_t, const std::string&) { return Answer{start, true}; });
    const Got got = get(server.url(), {.timeout = base::second, .retries = 0});
    CHECK(got.error.starts_with(server.url() + ": "));
    CHECK(got.text == (start.empty() ? "" : content.substr(0, 1000)));
  }
}

TEST_CASE("http: nobody there, or not what a URL is") {
  std::string url;
  {
    HttpServer gone([](std::size_t, const std::string&) { return Answer{}; });
    url = gone.url();
  }
  // What refuses to listen now will not do so in a second.
  CHECK(get(url).error == url + ": connection refused");
  CHECK_FALSE(get("http://:/").error.empty());
  // What else keeps us from ever being answered may pass; that is not waited for long.
  HttpServer mute([](std::size_t, const std::string&) { return Answer{}; });
  CHECK(get(mute.url()).error.ends_with("(tried 3 times)"));
  CHECK(mute.requests().size() == 3);
}

TEST_CASE("http: a server that goes away in the middle is waited for") {
  auto server = std::make_unique<HttpServer>([](std::size_t, const std::string&) { return Answer{cut(100'000)}; });
  const std::string url = server->url();
  Loop loop;
  Body body(loop);
  body.fetch = std::make_unique<HttpFetch>(loop, url, HttpOptions{.retries = 2, .first_wait = base::second / 4}, body);
  CHECK(run_until(loop, [&] { return body.text.size() == 100'000; }));
  server.reset();
  CHECK(run_until(loop, [&] { return body.over; }));
  CHECK(body.error == url + ": connection refused (tried 3 times)");
}

TEST_CASE("http: an end that was cut off is known when all of the body is there") {
  HttpServer server([](std::size_t number, const std::string&) {
    if (number == 0)
      return Answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n" + etag +
                    "\r\n4\r\nbody\r\n"};
    return Answer{http_head("416 Range Not Satisfiable", 0, "Content-Range: bytes */4\r\n")};
  });
  const Got got = get(server.url());
  CHECK(got.error.empty());
  CHECK(got.text == "body");
}

TEST_CASE("http: data that is not taken comes again") {
  HttpServer server(
      [](std::size_t number, const std::string&) { return number == 0 ? Answer{cut(100'000)} : Answer{whole()}; });
  for (int refuse : {1, 3}) {
    Loop loop;
    Body body(loop);
    body.refuse = refuse;
    body.fetch = std::make_unique<HttpFetch>(loop, server.url(), HttpOptions{.first_wait = base::millisecond}, body);
    CHECK(run_until(loop, [&] {
      if (body.fetch) body.fetch->resume();
      return body.over;
    }));
    CHECK(body.text == content);
  }
}

namespace {
struct Lines final : FileReader::Handler {
  explicit Lines(Loop& l) : loop(l) {}
  std::size_t on_data(base::Bytes data) override {
    if (reader && pause) {
      reader->pause();
      return 0;
    }
    text += base::as_text(data);
    return data.size();
  }
  void on_eof(base::Bytes) override {
    over = true;
    loop.stop();
  }
  void on_error(std::string_view e, base::Bytes, bool is_cut) override {
    error = e;
    cut = is_cut;
    over = true;
    loop.stop();
  }
  void open(const std::string& url, HttpOptions http = {.first_wait = base::millisecond}) {
    auto opened = FileReader::open(loop, url, {.http = http}, *this);
    REQUIRE(opened);
    reader = std::move(*opened);
  }
  Loop& loop;
  std::unique_ptr<FileReader> reader;
  std::string text, error;
  bool over = false, cut = false, pause = false;
};
}  // namespace

TEST_CASE("http: a reader takes URLs for files, packed or not") {
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::bzip2, Codec::xz}) {
    const base::Buffer z = packed(codec, content);
    const std::string all = http_head("200 OK", z.size(), etag) + std::string(z.text());
    HttpServer server([&](std::size_t, const std::string&) { return Answer{all}; });
    Loop loop;
    Lines h(loop);
    h.open(server.url());
    CHECK(run_until(loop, [&] { return h.over; }));
    CHECK(h.error.empty());
    CHECK(h.text == content);
  }
}

TEST_CASE("http: what came before a fetch failed is read, and the error is the fetch's") {
  const base::Buffer z = packed(Codec::gzip, content);
  HttpServer server([&](std::size_t number, const std::string&) {
    if (number > 0) return Answer{http_head("404 Not Found", 0)};
    return Answer{http_head("200 OK", z.size(), etag) + std::string(z.text().substr(0, z.size() / 2))};
  });
  Loop loop;
  Lines h(loop);
  h.open(server.url());
  CHECK(run_until(loop, [&] { return h.over; }));
  CHECK(h.error == server.url() + ": 404 Not Found");
  CHECK_FALSE(h.cut);
  CHECK(content.starts_with(h.text));
  CHECK(h.text.size() > content.size() / 4);
}

TEST_CASE("http: a reader that is paused stops the server, not its loop") {
  const std::size_t size = std::size_t{64} << 20;
  const Answer much{http_head("200 OK", size) + std::string(size, 'x')};
  HttpServer server([&](std::size_t, const std::string&) { return much; });
  Loop loop;
  Lines h(loop);
  h.pause = true;
  h.open(server.url(), {.timeout = 3 * base::second, .retries = 0});
  CHECK(run_until(loop, [&] { return h.reader->paused(); }));
  // Longer than the time-out: silence that we want does not count.
  run_for(loop, 5 * base::second);
  CHECK(server.sent() < size / 2);
  CHECK_FALSE(h.over);
  h.pause = false;
  h.reader->resume();
  CHECK(run_until(loop, [&] { return h.over; }));
  CHECK(h.error.empty());
  CHECK(h.text.size() == size);
}

TEST_CASE("http: a reader may go at any time") {
  HttpServer server(
      [](std::size_t number, const std::string&) { return Answer{number % 2 == 0 ? whole() : "", true}; });
  for (int i = 0; i < 4; ++i) {
    Loop loop;
    Lines h(loop);
    h.open(server.url());
    run_for(loop, i * 10 * base::millisecond);
    const base::Nanos start = base::system_clock().mono();
    h.reader.reset();
    CHECK(base::system_clock().mono() - start < 5 * base::second);
  }
}
