#include "stages/stream_options.hh"

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "format/caps.hh"
#include "net/compress.hh"

namespace stages {

namespace {
std::optional<bgp::MsgType> type_of(const std::string& text) {
  if (const auto t = bgp::parse_msg_type(text)) return t;
  const auto n = base::parse_int(text);
  if (n && *n >= 0 && *n <= 255) return static_cast<bgp::MsgType>(*n);
  return std::nullopt;
}
// Enough to tell the formats apart, or all there is.
constexpr std::size_t detect_bytes = 64;
// A whole line of text: who types it does not want to type another first.
bool is_line(base::Bytes data) {
  const auto end = std::ranges::find(data, std::uint8_t{'\n'});
  return end != data.end() && std::all_of(data.begin(), end, [](std::uint8_t c) { return c >= ' ' || c == '\t'; });
}
constexpr std::uint64_t most_told = 10;  // pardoned places of one stream
}  // namespace

base::Result<> check_types(const conf::Value& v) {
  for (const std::string& t : std::get<std::vector<std::string>>(v))
    if (!type_of(t))
      return base::fail("'" + t +
                        "' is not a message type: give OPEN, UPDATE, NOTIFY, KEEPALIVE, REFRESH, REPORT or a number");
  return {};
}

base::Result<> check_caps(const conf::Value& v) {
  const auto context = format::read_context(std::get<std::string>(v), false, bgp::Direction::right);
  return context ? base::Result<>{} : std::unexpected(context.error());
}

base::Result<> check_codec(const conf::Value& v) {
  std::optional<net::Codec> codec;
  const auto& name = std::get<std::string>(v);
  if (net::parse_codec(name, codec)) return {};
  return base::fail("'" + name + "' is not a compression: give " + std::string(net::codec_choices));
}

pipeline::TypeMask type_mask(const StreamOptions& o) {
  pipeline::TypeMask mask = o.type.empty() ? pipeline::all_types : 0;
  for (const std::string& t : o.type) mask |= pipeline::bit(*type_of(t));
  for (const std::string& t : o.skip) mask &= ~pipeline::bit(*type_of(t));
  return mask;
}

Input::Input(pipeline::Stage& stage, pipeline::Session& session, const InputOptions& options)
    : stage_(stage), session_(session), options_(options), types_(type_mask(options)) {}

void Input::start(std::optional<format::Kind> kind, std::optional<format::Kind> otherwise) {
  otherwise_ = otherwise;
  decoder_.reset();
  cuts_ = told_ = 0;
  if (!kind) return;
  tells_ = kind != format::Kind::raw || !options_.caps.empty() || options_.short_asn || options_.guess_asn;
  // The table has checked the capabilities.
  const auto direction = session_.inject_direction(stage_, bgp::Direction::none);
  const auto context = format::read_context(options_.caps, options_.short_asn, direction).value_or(bgp::Context{});
  const bool bundle = options_.bundle == "auto" ? !session_.wants_single_routes() : options_.bundle == "always";
  decoder_ = format::make_decoder(
      *kind, {.pardon = options_.pardon, .context = context, .guess = options_.guess_asn, .bundle = bundle});
}

base::Result<std::size_t> Input::detect(base::Bytes data) {
  auto kind = format::detect(data);
  if (!kind) kind = otherwise_;
  if (!kind) return base::fail("its format is not known: name it with --format json, mrt, bmp, obmp, exa or raw");
  start(kind, otherwise_);
  return decoder_->decode(data, *this);
}

base::Result<std::size_t> Input::take(base::Bytes data) {
  if (decoder_) return decoder_->decode(data, *this);
  return data.size() < detect_bytes && !is_line(data) ? 0 : detect(data);
}

base::Result<> Input::finish(base::Bytes rest) {
  if (!decoder_) {
    if (rest.empty()) return {};
    const auto used = detect(rest);
    if (!used) return std::unexpected(used.error());
    rest = rest.subspan(*used);
  }
  return decoder_->finish(rest, *this);
}

bool Input::break_off(base::Bytes rest, bool cut) {
  if (!decoder_ && !rest.empty()) (void)detect(rest);
  if (decoder_) decoder_->flush(*this);
  if (!cut || !options_.pardon) return false;
  ++cuts_;
  return true;
}

bgp::MessageView Input::changed(bgp::MessageView v) const {
  if (!tells_)
    if (const bgp::Context* const c = untold()) v.context = c;
  if (options_.no_seq) v.seq = 0;
  if (options_.no_time) v.time = 0;
  if (options_.no_tags) v.tags = {}, v.peer = nullptr;
  return v;
}

void Input::pardoned(std::uint64_t offset, std::uint64_t bytes, std::string_view why) {
  if (++told_ > most_told) return;
  base::log::warn(session_.name(), stage_.identity() + ": pardon: at offset " + std::to_string(offset) + ": " +
                                       std::string(why) +
                                       (bytes == 0 ? "" : ": " + std::to_string(bytes) + " bytes passed over") +
                                       (told_ == most_told ? "; others will only be counted" : ""));
}

void Input::message(const bgp::MessageView& view) {
  if ((types_ & pipeline::bit(view.type)) == 0) return;
  bgp::Direction d = session_.inject_direction(stage_, view.direction);
  // What the archive's own side sent goes the other way, where there is one.
  if (view.local && stage_.spec().left && stage_.spec().right) d = bgp::opposite(d);
  if (!admit(view, d)) return;
  ++messages_;
  // A view that was just filled is slow to copy.
  if (!tells_ || options_.no_seq || options_.no_time || options_.no_tags)
    session_.inject(stage_, d, changed(view));
  else
    session_.inject(stage_, d, view);
  entered(view, d);
}

}  // namespace stages
