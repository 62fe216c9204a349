// A line on the control socket: what is taken is a request that can be checked, answered and sent again; what is
// refused gets an answer that is one line of JSON.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/bytes.hh"
#include "expect.hh"
#include "rpc/codec.hh"
#include "rpc/schema.hh"

namespace {
nlohmann::json read_answer(const std::string& line) {
  expect(line.find('\n') == line.size() - 1);
  auto answer = rpc::parse_json(std::string_view(line).substr(0, line.size() - 1), rpc::max_depth + 4);
  expect(answer.has_value() && answer->is_object());
  return *answer;
}

void check_request(const rpc::Request& request) {
  expect(request.params().is_object());
  for (const rpc::Method& m : rpc::methods()) {
    const auto sound = rpc::check_params(m, request.params());
    expect(sound.has_value() || !sound.error().text.empty());
  }
  (void)request.text("name");
  (void)request.integer("limit");
  (void)request.flag("dry_run");
  if (!request.id().empty()) expect(read_answer(rpc::result_line(request.id(), request.params())).contains("result"));
  const std::string again = rpc::request_line(1, request.method(), request.params());
  const auto second = rpc::parse_request(std::string_view(again).substr(0, again.size() - 1));
  expect(second.has_value());
  expect(second->method() == request.method() && second->params() == request.params());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = base::as_text({data, size});
  const auto request = rpc::parse_request(line);
  if (request)
    check_request(*request);
  else
    expect(read_answer(rpc::error_line(request.error().id, request.error().error)).contains("error"));
  (void)read_answer(rpc::closed_line(1, line));
  return 0;
}
