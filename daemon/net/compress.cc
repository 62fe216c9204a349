#include "net/compress.hh"

#include <algorithm>
#include <array>

namespace net {

namespace {

constexpr struct {
  std::string_view name;
  Codec codec;
} names[] = {{"none", Codec::none}, {"", Codec::none},       {"false", Codec::none}, {"gzip", Codec::gzip},
             {"gz", Codec::gzip},   {"bzip2", Codec::bzip2}, {"bzip", Codec::bzip2}, {"bz2", Codec::bzip2},
             {"bz", Codec::bzip2},  {"zstd", Codec::zstd},   {"zst", Codec::zstd},   {"zstandard", Codec::zstd},
             {"xz", Codec::xz},     {"lz4", Codec::lz4}};

// How far `first` agrees with a pattern in which 256 stands for any byte.
enum class Match : std::uint8_t { no, maybe, yes };
template <std::size_t N>
Match match(base::Bytes first, const std::array<std::uint16_t, N>& pattern) {
  const std::size_t n = std::min(first.size(), N);
  for (std::size_t i = 0; i < n; ++i) {
    if (pattern[i] < 256 && pattern[i] != first[i]) return Match::no;
  }
  return n == N ? Match::yes : Match::maybe;
}

constexpr std::uint16_t any = 256;
constexpr std::array<std::uint16_t, 3> gzip_magic{0x1f, 0x8b, 8};
// The block magic (pi) is part of it: "BZh1" alone is also the start of an MRT file of April 2005.
constexpr std::array<std::uint16_t, 10> bzip2_magic{'B', 'Z', 'h', any, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
constexpr std::array<std::uint16_t, 10> bzip2_empty{'B', 'Z', 'h', any, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
constexpr std::array<std::uint16_t, 4> zstd_magic{0x28, 0xb5, 0x2f, 0xfd};
constexpr std::array<std::uint16_t, 6> xz_magic{0xfd, '7', 'z', 'X', 'Z', 0};
constexpr std::array<std::uint16_t, 4> lz4_magic{0x04, 0x22, 0x4d, 0x18};

constexpr struct {
  std::string_view extension;
  Codec codec;
} extensions[] = {{".gz", Codec::gzip},   {".bz2", Codec::bzip2}, {".zst", Codec::zstd},
                  {".zstd", Codec::zstd}, {".xz", Codec::xz},     {".lz4", Codec::lz4}};

}  // namespace

std::string_view codec_name(Codec codec) {
  switch (codec) {
    case Codec::none: return "none";
    case Codec::gzip: return "gzip";
    case Codec::bzip2: return "bzip2";
    case Codec::zstd: return "zstd";
    case Codec::xz: return "xz";
    case Codec::lz4: return "lz4";
  }
  return "";
}

bool parse_codec(std::string_view name, std::optional<Codec>& out) {
  if (name == "auto") {
    out.reset();
    return true;
  }
  for (const auto& n : names) {
    if (n.name != name) continue;
    out = n.codec;
    return true;
  }
  return false;
}

Codec codec_by_name(std::string_view path) {
  for (const auto& e : extensions)
    if (path.ends_with(e.extension)) return e.codec;
  return Codec::none;
}

std::string_view without_codec(std::string_view path) {
  for (const auto& e : extensions)
    if (path.ends_with(e.extension)) return path.substr(0, path.size() - e.extension.size());
  return path;
}

std::optional<Codec> codec_by_magic(base::Bytes first) {
  const std::pair<Match, Codec> tries[] = {
      {match(first, gzip_magic), Codec::gzip},   {match(first, bzip2_magic), Codec::bzip2},
      {match(first, bzip2_empty), Codec::bzip2}, {match(first, zstd_magic), Codec::zstd},
      {match(first, xz_magic), Codec::xz},       {match(first, lz4_magic), Codec::lz4}};
  bool maybe = false;
  for (const auto& [m, codec] : tries) {
    if (m == Match::yes) return codec;
    maybe |= m == Match::maybe;
  }
  if (maybe) return std::nullopt;
  return Codec::none;
}

}  // namespace net
