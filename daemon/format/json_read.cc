#include "format/json_read.hh"

#include <simdjson.h>

#include <cstring>
#include <optional>

#include "base/clock.hh"
#include "base/text.hh"
#include "bgp/header.hh"
#include "bgp/notification.hh"
#include "format/assumed_context.hh"
#include "format/json_in.hh"
#include "format/json_open.hh"
#include "format/json_plain.hh"

namespace format {

namespace {

constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;
constexpr std::size_t longest_plain = 128 << 10;  // of a line; the memory that it needs is kept
constexpr std::size_t most_shown = 60;

// As much of it as an error may show.
std::string shown(std::string_view text) {
  return base::printable(text.substr(0, most_shown)) + (text.size() > most_shown ? "..." : "");
}

// The value that begins there: a scalar whole, of an array or object its beginning. Nothing where no value begins.
std::string_view value_at(std::string_view text) {
  if (text.empty() || std::string_view(",:]}").contains(text.front())) return {};
  if (text.front() == '[' || text.front() == '{') return text;
  if (text.front() != '"') return text.substr(0, text.find_first_of(",:]} \t\r"));
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return text.substr(0, i + 1);
    if (text[i] == '\\') ++i;
  }
  return text;
}

bool read_direction(Value& v, bgp::Direction& d) {
  std::string_view text;
  if (!read_string(v, text)) return false;
  d = bgp::Direction::none;
  if (text == "L" || text == "l") d = bgp::Direction::left;
  if (text == "R" || text == "r") d = bgp::Direction::right;
  if (d != bgp::Direction::none || text.empty() || text == "?") return true;
  const std::string both = base::upper(text);
  return both == "LR" || both == "RL";
}

}  // namespace

struct JsonReader::State {
  simdjson::ondemand::parser parser;
  UpdateIn update;
  Problem problem;
  JsonFault fault;
  AssumedContext hex_context{{}};  // of UPDATEs given in hex
  base::Buffer padded, body, reach;
  TagsIn tags;
  TimeIn time;

  // What the elements before the data say.
  std::optional<bgp::MsgType> type;
  std::optional<std::int64_t> number;  // stands where the type should
  bool has_data = false;

  base::Result<bool> read(std::string_view line, std::size_t behind, bgp::OwnedMessage& out);
  bool plain(std::string_view line, std::size_t behind, bgp::OwnedMessage& out);
  bool plain_tags(std::string_view text, std::size_t behind, bgp::OwnedMessage& out);
  bool parse(std::string_view line, std::size_t capacity, bgp::OwnedMessage& out);
  bool message(simdjson::ondemand::document& document, char first, bgp::OwnedMessage& out);
  bool envelope(Array elements, bgp::OwnedMessage& out);
  bool element(unsigned index, Value& v, bgp::OwnedMessage& out);
  bool names_type(Value& v);
  bool settle_number();
  bool data(Value& v, bgp::OwnedMessage& out);
  bool no_data();
  bool open_data(Object object);
  bool update_data(Object object, bgp::OwnedMessage& out);
  bool assemble(bgp::OwnedMessage& out);
};

base::Result<bool> JsonReader::State::read(std::string_view line, std::size_t behind, bgp::OwnedMessage& out) {
  const std::string_view trimmed = base::trim(line);
  fault = {};
  behind += static_cast<std::size_t>((line.data() + line.size()) - (trimmed.data() + trimmed.size()));
  if (trimmed.empty() || trimmed.front() == '#') return false;
  if (trimmed.front() != '[' && trimmed.front() != '{') {
    fault.value = shown(trimmed);
    return base::fail("not a JSON array, object or comment");
  }
  std::string_view text_line = trimmed;
  // Everything here stops at a space; where a line is not whole, what stands behind it may look like more of it.
  if (behind < padding || static_cast<unsigned char>(trimmed.data()[trimmed.size()]) > ' ') {
    padded.clear();
    padded.append(trimmed);
    std::memset(padded.reserve(padding), ' ', padding);
    text_line = padded.text();
    behind = padding;
  }
  if (plain(text_line, behind, out)) return true;
  bgp::Context assumed;
  // What the end of a line says on the context may change how its beginning is written: once for each thing it can say.
  update.start(assumed);
  for (int turn = 0; turn < 32; ++turn) {
    problem = {};
    if (parse(text_line, text_line.size() + behind, out)) return true;
    if (!update.again()) break;
    assumed = update.context();
    update.restart(assumed);
  }
  if (fault.column != 0) fault.column += static_cast<std::size_t>(trimmed.data() - line.data());
  return base::fail(problem.where + problem.what);
}

// False for every line that is not of the plain form, or not sound.
bool JsonReader::State::plain(std::string_view line, std::size_t behind, bgp::OwnedMessage& out) {
  static_assert(padding >= PlainUpdate::readable_behind);
  const char* const end = line.data() + line.size() - 1;
  if (line.size() > longest_plain || *end != ']') return false;
  PlainStart start;
  if (!take_plain_start(line, start) || !time.read(start.time, out.time)) return false;
  PlainUpdate update_in(line);
  out.wire.clear();
  bgp::begin_message(out.wire, bgp::MsgType::update);
  if (!update_in.take(out.wire, reach) || !bgp::finish_message(out.wire, 0)) return false;
  const std::string_view rest(update_in.rest(), end);
  tags.start();
  if (!rest.empty() && (rest.front() != ',' || !plain_tags(rest.substr(1), behind, out))) return false;
  out.tags.resize(tags.size());
  out.direction = start.direction;
  out.seq = start.seq;
  out.context = update_in.context();
  return true;
}

// An object that has not stood in one of the last lines is parsed.
bool JsonReader::State::plain_tags(std::string_view text, std::size_t behind, bgp::OwnedMessage& out) {
  if (tags.recall(text, out.tags)) return true;
  simdjson::ondemand::document document;
  Value v;
  return !parser.iterate(text.data(), text.size(), text.size() + behind).get(document) &&
         !document.get_value().get(v) && tags.read(v, out.tags, problem) &&
         document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

bool JsonReader::State::parse(std::string_view line, std::size_t capacity, bgp::OwnedMessage& out) {
  simdjson::ondemand::document document;
  if (parser.iterate(line.data(), line.size(), capacity).get(document)) {
    fault.value = shown(line);
    return problem.set("not well-formed JSON");
  }
  if (message(document, line.front(), out)) return true;
  const char* at = nullptr;
  if (update.again() || document.current_location().get(at) || at < line.data() || at >= line.data() + line.size())
    return false;
  const auto before = static_cast<std::size_t>(at - line.data());
  fault = {before + 1, shown(value_at(line.substr(before)))};
  return false;
}

bool JsonReader::State::message(simdjson::ondemand::document& document, char first, bgp::OwnedMessage& out) {
  type.reset();
  number.reset();
  has_data = false;
  tags.start();
  body.clear();
  out.direction = bgp::Direction::none;
  out.seq = 0;
  out.time = 0;
  out.context = {};
  if (first == '{') {
    Object object;
    type = bgp::MsgType::update;
    if (document.get_object().get(object)) return problem.set("not well-formed JSON");
    if (!update_data(object, out)) return false;
  } else {
    Array elements;
    if (document.get_array().get(elements)) return problem.set("not well-formed JSON");
    if (!envelope(elements, out)) return false;
  }
  out.tags.resize(tags.size());
  return assemble(out);
}

// [direction, sequence, time, type, data, tags]; the form of 2024 has the length of the body before the type.
bool JsonReader::State::envelope(Array elements, bgp::OwnedMessage& out) {
  unsigned index = 0;
  for (auto item : elements) {
    Value v;
    if (std::move(item).get(v)) return problem.set("not well-formed JSON");
    if (index == 4 && number) {
      const bool seven = names_type(v);
      if (!seven && !settle_number()) return false;
      number.reset();
      if (seven) continue;
    }
    if (index < 6 && !is_null(v) && !element(index, v, out)) return false;
    ++index;
  }
  if (number && !settle_number()) return false;
  if (!type) type = bgp::MsgType::keepalive;
  return has_data || no_data();
}

bool JsonReader::State::names_type(Value& v) {
  const auto named = bgp::parse_msg_type(inner(v));
  if (named) type = named;
  return named.has_value();
}

bool JsonReader::State::settle_number() {
  if (*number < 0 || *number > 255) return problem.set("[3]: not a message type");
  type = static_cast<bgp::MsgType>(*number);
  return true;
}

bool JsonReader::State::element(unsigned index, Value& v, bgp::OwnedMessage& out) {
  switch (index) {
    case 0: return read_direction(v, out.direction) || problem.set("[0]: not a direction");
    case 1:
      if (is_string(v)) return true;
      return read_number(v, INT64_MAX, out.seq) || problem.set("[1]: not a sequence number");
    case 2: {
      std::string_view text;
      if (!is_string(v) || token(v) == "\"\"") return true;
      return (read_string(v, text) && time.read(text, out.time)) || problem.set("[2]: not a time");
    }
    case 3:
      if (is_string(v)) return names_type(v) || problem.set("[3]: not a message type");
      number = base::parse_int(token(v));
      return number || problem.set("[3]: not a message type");
    case 4: has_data = true; return data(v, out) || (!update.again() && problem.in("[4]"));
    default: return tags.read(v, out.tags, problem) || problem.in("[5]");
  }
}

bool JsonReader::State::data(Value& v, bgp::OwnedMessage& out) {
  if (!type) return problem.set("data without a message type");
  if (is_string(v)) {
    std::string_view text;
    if (!read_string(v, text)) return problem.set("not well-formed JSON");
    const bool hex = take_hex(text, body);
    if (*type == bgp::MsgType::notification && (!hex || text.empty()))
      read_notification_text(text, body);
    else if (!hex)
      return problem.set("neither an object nor hex");
    if (*type == bgp::MsgType::update) out.context = hex_context.of(*type, body);
    return true;
  }
  if (!is_object(v)) return problem.set("neither an object nor hex");
  Object object;
  if (v.get_object().get(object)) return problem.set("not well-formed JSON");
  switch (*type) {
    case bgp::MsgType::update: return update_data(object, out);
    case bgp::MsgType::notification: return read_notification(object, body, problem);
    case bgp::MsgType::route_refresh: return read_route_refresh(object, body, problem);
    case bgp::MsgType::open: return open_data(object);
    case bgp::MsgType::report: return read_report(object, body, problem);
    default: return problem.set("a message of this type is given in hex");
  }
}

bool JsonReader::State::open_data(Object object) {
  std::string_view text;
  if (object.raw_json().get(text)) return problem.set("not well-formed JSON");
  auto open = read_open(text);
  if (!open) return problem.set(open.error().text);
  body = std::move(*open);
  return true;
}

bool JsonReader::State::no_data() {
  switch (*type) {
    case bgp::MsgType::open: {
      auto open = read_open("{}");
      if (open) body = std::move(*open);
      return open.has_value();
    }
    case bgp::MsgType::update: return update.append_body(body);
    case bgp::MsgType::keepalive: return true;
    default: return problem.set("[4]: missing");
  }
}

bool JsonReader::State::update_data(Object object, bgp::OwnedMessage& out) {
  if (!update.read(object, problem)) return false;
  out.context = update.context();
  return update.append_body(body) || problem.set("longer than a message can be");
}

bool JsonReader::State::assemble(bgp::OwnedMessage& out) {
  if (body.size() > bgp::max_extended_message - bgp::header_size) return problem.set("longer than a message can be");
  out.wire.clear();
  bgp::append_message(out.wire, *type, body);
  return true;
}

JsonReader::JsonReader(const DecoderOptions& options) : state_(std::make_unique<State>()) {
  state_->hex_context = AssumedContext(options);
}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;

base::Result<bool> JsonReader::read(std::string_view line, std::size_t behind, bgp::OwnedMessage& out) {
  return state_->read(line, behind, out);
}

const JsonFault& JsonReader::fault() const noexcept { return state_->fault; }

}  // namespace format
