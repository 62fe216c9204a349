#include "format/format.hh"

#include <algorithm>

#include "base/text.hh"
#include "format/bgpdump.hh"
#include "format/bmp_read.hh"
#include "format/bmp_write.hh"
#include "format/exa_read.hh"
#include "format/exa_write.hh"
#include "format/json_read.hh"
#include "format/json_write.hh"
#include "format/mrt_read.hh"
#include "format/mrt_write.hh"
#include "format/obmp.hh"
#include "format/raw.hh"

namespace format {

std::optional<Kind> parse_kind(std::string_view text) {
  const auto* found = std::ranges::find(kind_names, base::lower(text));
  if (found == std::end(kind_names)) return std::nullopt;
  return static_cast<Kind>(found - kind_names);
}

std::unique_ptr<Decoder> make_decoder(Kind k, const DecoderOptions& options) {
  switch (k) {
    case Kind::json:
    case Kind::json7: return std::make_unique<JsonDecoder>(options);
    case Kind::raw: return std::make_unique<RawDecoder>(options);
    case Kind::mrt: return std::make_unique<MrtDecoder>(options);
    case Kind::bmp: return std::make_unique<BmpDecoder>(options);
    case Kind::obmp: return std::make_unique<ObmpDecoder>(options);
    case Kind::exa: return std::make_unique<ExaDecoder>(options);
    case Kind::bgpdump: return nullptr;
  }
  return nullptr;
}

std::unique_ptr<Encoder> make_encoder(Kind k) {
  switch (k) {
    case Kind::json: return std::make_unique<JsonWriter>();
    case Kind::raw: return std::make_unique<RawEncoder>();
    case Kind::mrt: return std::make_unique<MrtEncoder>();
    case Kind::bmp: return std::make_unique<BmpEncoder>();
    case Kind::obmp: return std::make_unique<ObmpEncoder>();
    case Kind::exa: return std::make_unique<ExaEncoder>();
    case Kind::bgpdump: return std::make_unique<BgpdumpEncoder>();
    case Kind::json7: return std::make_unique<JsonWriter>(JsonForm::with_length);
  }
  return nullptr;
}

}  // namespace format
