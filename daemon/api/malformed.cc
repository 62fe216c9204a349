#include "api/malformed.hh"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/render.hh"
#include "format/format.hh"
#include "rpc/codec.hh"

namespace api {

namespace {

constexpr std::size_t most_text = std::size_t{4} << 20;

struct Entry {
  const pipeline::Malformed* what;
  std::uint32_t session;
};

std::vector<Entry> newest_first(const super::PipelineStatus& p, std::string_view session) {
  std::vector<Entry> all;
  for (const auto& s : p.sessions) {
    if (!session.empty() && session != std::to_string(s.id)) continue;
    for (auto m = s.malformed.rbegin(); m != s.malformed.rend(); ++m) all.push_back({m->get(), s.id});
  }
  std::ranges::stable_sort(all, std::greater(), [](const Entry& e) { return e.what->time; });
  return all;
}

void append(std::string& out, const Entry& e, format::Encoder& encoder, base::Buffer& line) {
  const pipeline::Malformed& m = *e.what;
  line.clear();
  encoder.encode({.direction = m.direction,
                  .seq = m.seq,
                  .time = m.time,
                  .type = bgp::MsgType::update,
                  .wire = m.wire,
                  .context = &m.context},
                 line);
  std::string_view message = line.text();
  while (message.ends_with('\n')) message.remove_suffix(1);
  out += rpc::json_text(render(m, e.session));
  out.pop_back();
  out.append(",\"message\":").append(message.empty() ? "null" : message).append("}");
}

}  // namespace

std::string malformed_text(const super::PipelineStatus& p, std::string_view session) {
  const auto all = newest_first(p, session);
  const auto encoder = format::make_encoder(format::Kind::json);
  base::Buffer line;
  std::string out = "{\"malformed\":[";
  std::size_t told = 0;
  for (; told < all.size(); ++told) {
    const std::size_t before = out.size();
    if (told != 0) out += ',';
    append(out, all[told], *encoder, line);
    if (out.size() > most_text) {
      out.resize(before);
      break;
    }
  }
  return out.append("],\"omitted\":").append(std::to_string(all.size() - told)).append("}");
}

}  // namespace api
