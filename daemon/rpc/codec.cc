#include "rpc/codec.hh"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace rpc {

using nlohmann::json;

Request::Request(std::string id, std::string method, json params)
    : id_(std::move(id)), method_(std::move(method)), params_(std::make_unique<json>(std::move(params))) {}
Request::Request(Request&&) noexcept = default;
Request& Request::operator=(Request&&) noexcept = default;
Request::~Request() = default;

namespace {
const json* member(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}
}  // namespace

std::optional<std::string> Request::text(std::string_view name) const {
  const json* v = member(*params_, name);
  return v != nullptr && v->is_string() ? std::optional(v->get<std::string>()) : std::nullopt;
}

std::optional<std::int64_t> Request::integer(std::string_view name) const {
  const json* v = member(*params_, name);
  return v != nullptr && v->is_number_integer() ? std::optional(v->get<std::int64_t>()) : std::nullopt;
}

bool Request::flag(std::string_view name) const {
  const json* v = member(*params_, name);
  return v != nullptr && v->is_boolean() && v->get<bool>();
}

namespace {
// Before parsing, because a parser or a destructor may recurse.
bool too_deep(std::string_view text, int bound) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > bound) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

bool sound_id(const json& id) {
  return id.is_null() || id.is_number() || (id.is_string() && id.get_ref<const std::string&>().size() <= 256);
}
}  // namespace

std::optional<json> parse_json(std::string_view text, int depth) {
  if (too_deep(text, depth)) return std::nullopt;
  json v = json::parse(text, nullptr, false);
  if (v.is_discarded()) return std::nullopt;
  return v;
}

std::string json_text(const json& v) { return v.dump(-1, ' ', false, json::error_handler_t::replace); }

std::expected<Request, Refused> parse_request(std::string_view line) {
  const auto refuse = [](Code code, std::string message, std::string remedy, std::string id = "null") {
    return std::unexpected(Refused{std::move(id), {code, std::move(message), std::move(remedy)}});
  };
  if (too_deep(line, max_depth))
    return refuse(Code::parse_error, "the request is nested too deeply",
                  "at most " + std::to_string(max_depth) + " objects or lists inside each other");
  json v = json::parse(line, nullptr, false);
  if (v.is_discarded())
    return refuse(Code::parse_error, "the line is not JSON", "send one JSON-RPC 2.0 object per line");
  if (v.is_array())
    return refuse(Code::invalid_request, "batches are not supported",
                  "send each request as an object on a line of its own");
  if (!v.is_object())
    return refuse(Code::invalid_request, "the request is not an object", "send one JSON-RPC 2.0 object per line");

  const auto id = v.find("id");
  if (id != v.end() && !sound_id(*id))
    return refuse(Code::invalid_request, "the id is neither a number nor a string of at most 256 bytes", "");
  const std::string id_text = id == v.end() ? "" : json_text(*id);
  const std::string answer_to = id_text.empty() ? "null" : id_text;

  const json* version = member(v, "jsonrpc");
  if (version == nullptr || *version != "2.0")
    return refuse(Code::invalid_request, "not a JSON-RPC 2.0 request", R"(add "jsonrpc":"2.0")", answer_to);
  const json* method = member(v, "method");
  if (method == nullptr || !method->is_string())
    return refuse(Code::invalid_request, "the request names no method",
                  R"(add "method":"rpc.describe" for a list of them)", answer_to);
  const json* params = member(v, "params");
  if (params != nullptr && !params->is_object())
    return refuse(Code::invalid_params, "params is not an object", R"(give parameters by name: "params":{"name":"…"})",
                  answer_to);
  return Request(id_text, method->get<std::string>(), params == nullptr ? json::object() : *params);
}

std::string request_line(std::int64_t id, std::string_view method, const json& params) {
  return json_text({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}) + "\n";
}

std::string result_line(std::string_view id, const json& result) { return result_text_line(id, json_text(result)); }

std::string result_text_line(std::string_view id, std::string_view result) {
  std::string line = R"({"id":)";
  line.append(id).append(R"(,"jsonrpc":"2.0","result":)").append(result).append("}\n");
  return line;
}

std::string error_line(std::string_view id, const Error& e) {
  json error{{"code", std::to_underlying(e.code)}, {"message", e.message}};
  if (!e.remedy.empty()) error["data"] = {{"remedy", e.remedy}};
  std::string line = R"({"error":)";
  line.append(json_text(error)).append(R"(,"id":)").append(id).append(R"(,"jsonrpc":"2.0"})").append("\n");
  return line;
}

namespace {
std::string record_head(std::uint64_t subscription) {
  std::string line = R"({"jsonrpc":"2.0","method":")";
  line.append(record_method).append(R"(","params":{"subscription":)").append(std::to_string(subscription));
  return line;
}
}  // namespace

std::string record_line(std::uint64_t subscription, std::string_view members) {
  std::string line = record_head(subscription);
  line.reserve(line.size() + members.size() + 4);
  if (members.size() > 2)
    line.append(",").append(members.substr(1));
  else
    line.append("}");
  return line.append("}\n");
}

std::string lagged_line(std::uint64_t subscription, std::uint64_t records) {
  return record_head(subscription) + R"(,"lagged":)" + std::to_string(records) + "}}\n";
}

std::string closed_line(std::uint64_t subscription, std::string_view why) {
  return record_head(subscription) + R"(,"closed":)" + json_text(std::string(why)) + "}}\n";
}

}  // namespace rpc
