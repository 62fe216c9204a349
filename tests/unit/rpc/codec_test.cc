#include "rpc/codec.hh"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace rpc;

namespace {
Refused refused(std::string_view line) {
  auto r = parse_request(line);
  REQUIRE_FALSE(r.has_value());
  return r.error();
}
}  // namespace

TEST_CASE("request: method, id and parameters come through") {
  const auto r =
      parse_request(R"({"jsonrpc":"2.0","id":7,"method":"pipeline.stop","params":{"name":"a","n":3,"on":true}})");
  REQUIRE(r.has_value());
  CHECK(r->id() == "7");
  CHECK(r->method() == "pipeline.stop");
  CHECK(r->text("name") == "a");
  CHECK(r->integer("n") == 3);
  CHECK(r->flag("on"));
  CHECK_FALSE(r->text("n").has_value());
  CHECK_FALSE(r->integer("missing").has_value());
}

TEST_CASE("request: an id is echoed as it was written") {
  CHECK(parse_request(R"({"jsonrpc":"2.0","id":"a\"b","method":"m"})")->id() == R"("a\"b")");
  CHECK(parse_request(R"({"jsonrpc":"2.0","id":null,"method":"m"})")->id() == "null");
  CHECK(parse_request(R"({"jsonrpc":"2.0","method":"m"})")->id().empty());
}

TEST_CASE("request: params that are null count as absent") {
  const auto r = parse_request(R"({"jsonrpc":"2.0","id":1,"method":"m","params":null})");
  REQUIRE(r.has_value());
  CHECK(r->params().is_object());
  CHECK(r->params().empty());
  CHECK_FALSE(
      parse_request(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"name":null}})")->text("name").has_value());
}

TEST_CASE("request: what is wrong gets its own code, and the id if it could be read") {
  CHECK(refused("garbage").error.code == Code::parse_error);
  CHECK(refused("").error.code == Code::parse_error);
  CHECK(refused("{\"a\":\xff}").error.code == Code::parse_error);
  CHECK(refused("42").error.code == Code::invalid_request);
  CHECK(refused("{}").error.code == Code::invalid_request);
  CHECK(refused(R"({"jsonrpc":"1.0","id":1,"method":"m"})").id == "1");
  CHECK(refused(R"({"jsonrpc":"2.0","id":1})").error.code == Code::invalid_request);
  CHECK(refused(R"({"jsonrpc":"2.0","id":1,"method":5})").error.code == Code::invalid_request);
  CHECK(refused(R"({"jsonrpc":"2.0","id":{},"method":"m"})").id == "null");
  CHECK(refused(R"({"jsonrpc":"2.0","id":1,"method":"m","params":["x"]})").error.code == Code::invalid_params);
}

TEST_CASE("request: a batch is refused and says what to do instead") {
  const auto r = refused(R"([{"jsonrpc":"2.0","id":1,"method":"m"}])");
  CHECK(r.error.code == Code::invalid_request);
  CHECK(r.error.message == "batches are not supported");
  CHECK_FALSE(r.error.remedy.empty());
}

TEST_CASE("request: nesting is bounded; brackets in strings do not count") {
  const auto nested = [](int n) {
    return R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"x":)" + std::string(static_cast<std::size_t>(n), '[') +
           std::string(static_cast<std::size_t>(n), ']') + "}}";
  };
  CHECK(parse_request(nested(max_depth - 2)).has_value());
  CHECK(refused(nested(max_depth - 1)).error.code == Code::parse_error);
  CHECK(refused(std::string(60'000, '[')).error.code == Code::parse_error);
  CHECK(
      parse_request(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"x":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}})")
          .has_value());
}

TEST_CASE("answers are one line each") {
  CHECK(result_line("7", {{"a", "x\ny"}}) == "{\"id\":7,\"jsonrpc\":\"2.0\",\"result\":{\"a\":\"x\\ny\"}}\n");
  CHECK(error_line("null", {Code::busy, "no", "later"}) ==
        "{\"error\":{\"code\":-32003,\"data\":{\"remedy\":\"later\"},\"message\":\"no\"},\"id\":null,\"jsonrpc\":\"2."
        "0\"}\n");
  CHECK(error_line("1", {Code::failed, "no", ""}) ==
        "{\"error\":{\"code\":-32000,\"message\":\"no\"},\"id\":1,\"jsonrpc\":\"2.0\"}\n");
}

TEST_CASE("answers: bytes that are not UTF-8 do not throw") {
  CHECK(result_line("1", {{"a", "\xff\xfe"}}).find("\xef\xbf\xbd") != std::string::npos);
}

TEST_CASE("records: members are spliced in, whatever they are") {
  const auto read = [](const std::string& line) {
    CHECK(line.ends_with('\n'));
    auto v = parse_json(line);
    REQUIRE(v.has_value());
    CHECK((*v)["method"] == record_method);
    return (*v)["params"];
  };
  CHECK(read(record_line(3, R"({"event":{"seq":1}})")) == nlohmann::json{{"subscription", 3}, {"event", {{"seq", 1}}}});
  CHECK(read(record_line(3, "{}")) == nlohmann::json{{"subscription", 3}});
  CHECK(read(lagged_line(3, 17)) == nlohmann::json{{"subscription", 3}, {"lagged", 17}});
  CHECK(read(closed_line(3, "a \"reason\"")) == nlohmann::json{{"subscription", 3}, {"closed", "a \"reason\""}});
}

TEST_CASE("requests we write are requests we read, and every truncation is refused") {
  const std::string line = request_line(1, "pipeline.show", {{"name", "ams-ix [1]"}});
  REQUIRE(line.ends_with('\n'));
  const std::string_view text = std::string_view(line).substr(0, line.size() - 1);
  CHECK(parse_request(text)->text("name") == "ams-ix [1]");
  for (std::size_t n = 0; n < text.size(); ++n) CHECK_FALSE(parse_request(text.substr(0, n)).has_value());
}
