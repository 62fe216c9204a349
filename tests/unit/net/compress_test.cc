#include "net/compress.hh"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace net;
using base::as_bytes;

namespace {

constexpr Codec all[] = {Codec::none, Codec::gzip, Codec::bzip2, Codec::zstd, Codec::xz, Codec::lz4};
constexpr Codec packed[] = {Codec::gzip, Codec::bzip2, Codec::zstd, Codec::xz, Codec::lz4};

std::string sample(std::size_t size) {
  std::mt19937 random(7);
  std::string s;
  while (s.size() < size) s += "prefix " + std::to_string(random() % 5000) + (random() % 9 == 0 ? "\n" : " ");
  s.resize(size);
  return s;
}

base::Buffer pack(Codec codec, std::string_view text) {
  base::Buffer out;
  const auto d = Deflater::make(codec).value();
  REQUIRE(d->write(as_bytes(text), out));
  REQUIRE(d->finish(out));
  return out;
}

struct Unpacked {
  std::string text, error;
  bool at_end = false;
};

// Feeds `piece` bytes at a time and takes `room` at most.
Unpacked unpack(Codec codec, base::Bytes in, std::size_t piece = 1 << 20, std::size_t room = 1 << 16) {
  Unpacked u;
  const auto inflater = Inflater::make(codec).value();
  base::Buffer out;
  for (bool last = false; !last;) {
    base::Bytes part = in.first(std::min(piece, in.size()));
    in = in.subspan(part.size());
    last = part.empty();
    for (bool more = true; more;) {
      out.clear();
      const auto ok = inflater->feed(part, out, room);
      CHECK(out.size() <= room);
      u.text += out.text();
      if (!ok) {
        u.error = ok.error().text;
        return u;
      }
      more = out.size() == room;
      if (!more) CHECK(part.empty());
    }
  }
  u.at_end = inflater->at_end();
  if (const auto ok = inflater->finish(); !ok) u.error = ok.error().text;
  return u;
}

// Leaves no zero behind for whoever forgets to set a variable.
[[gnu::noinline]] void soil_stack() {
  volatile std::uint8_t dirt[16384];
  for (auto& byte : dirt) byte = 0xff;
}

}  // namespace

TEST_CASE("compress: names, extensions and magic tell the codec") {
  std::optional<Codec> c = Codec::zstd;
  REQUIRE(parse_codec("auto", c));
  CHECK_FALSE(c.has_value());
  REQUIRE(parse_codec("bz2", c));
  CHECK(c == Codec::bzip2);
  CHECK_FALSE(parse_codec("rar", c));
  for (const Codec codec : all) {
    REQUIRE(parse_codec(codec_name(codec), c));
    CHECK(c == codec);
    CHECK(codec_by_magic(pack(codec, "some text that is no magic")) == codec);
  }
  CHECK(codec_by_name("updates.mrt.gz") == Codec::gzip);
  CHECK(codec_by_name("a.zst") == Codec::zstd);
  CHECK(codec_by_name("a.bz2.mrt") == Codec::none);
}

TEST_CASE("compress: magic waits for as many bytes as it needs and no more") {
  CHECK_FALSE(codec_by_magic({}).has_value());
  CHECK_FALSE(codec_by_magic(as_bytes("\x1f\x8b")).has_value());
  CHECK(codec_by_magic(as_bytes("\x1f\x8c")) == Codec::none);
  CHECK(codec_by_magic(as_bytes("[")) == Codec::none);
  // The time stamp of an MRT record of 2005-04-11 reads "BZh1".
  CHECK_FALSE(codec_by_magic(as_bytes("BZh1")).has_value());
  CHECK(codec_by_magic(as_bytes(std::string_view("BZh1\0\x10\0\x04", 8))) == Codec::none);
  CHECK(codec_by_magic(pack(Codec::bzip2, "x")) == Codec::bzip2);
}

TEST_CASE("compress: what goes in comes out, in pieces of any size") {
  const std::string text = sample(200'000);
  for (const Codec codec : all) {
    CAPTURE(codec_name(codec));
    const base::Buffer z = pack(codec, text);
    if (codec != Codec::none) CHECK(z.size() < text.size() / 2);
    for (const std::size_t piece : {1UL, 7UL, 4096UL, 1UL << 20}) {
      for (const std::size_t room : {13UL, 1000UL, 1UL << 16, 1UL << 20}) {
        const Unpacked u = unpack(codec, z, piece, room);
        CHECK(u.error.empty());
        CHECK(u.text == text);
        CHECK(u.at_end);
      }
    }
  }
}

TEST_CASE("compress: the optional fields of a gzip header may come in pieces (RFC 1952 2.3)") {
  const std::string text = sample(100);
  const base::Buffer plain = pack(Codec::gzip, text);
  std::string z(base::as_text(plain));
  constexpr char name = 8, comment = 16;
  z[3] = name | comment;
  z.insert(10, std::string("rib.mrt\0of today\0", 17));
  for (std::size_t first = 1; first < 30; ++first) {
    CAPTURE(first);
    const auto inflater = Inflater::make(Codec::gzip).value();
    base::Buffer out;
    for (base::Bytes part : {as_bytes(z).first(first), as_bytes(z).subspan(first)}) {
      soil_stack();
      CHECK(inflater->feed(part, out, text.size() + 1));
    }
    CHECK(inflater->finish());
    CHECK(out.text() == text);
  }
}

TEST_CASE("compress: concatenated members are one stream") {
  for (const Codec codec : packed) {
    CAPTURE(codec_name(codec));
    base::Buffer z;
    std::string text;
    for (const std::size_t size : {100, 0, 40'000, 1, 70'000}) {
      const std::string part = sample(size);
      z.append(pack(codec, part));
      text += part;
    }
    for (const std::size_t piece : {1UL, 3UL, 1000UL, 1UL << 20}) {
      const Unpacked u = unpack(codec, z, piece, 777);
      CHECK(u.error.empty());
      CHECK(u.text == text);
    }
  }
}

TEST_CASE("compress: zero bytes behind the end are padding, other bytes are an error") {
  for (const Codec codec : packed) {
    CAPTURE(codec_name(codec));
    base::Buffer z = pack(codec, "text");
    for (int i = 0; i < 600; ++i) z.push(0);
    CHECK(unpack(codec, z, 5).error.empty());
    z.append("xxxxxxxxxxxxxxxx");
    const Unpacked u = unpack(codec, z, 5);
    CHECK(u.text == "text");
    CHECK(u.error.find("near byte") != std::string::npos);
    base::Buffer y = pack(codec, "text");
    y.append("garbage here");
    CHECK_FALSE(unpack(codec, y).error.empty());
  }
}

TEST_CASE("compress: every truncation gives a prefix of the data and an error") {
  const std::string text = sample(3000);
  for (const Codec codec : packed) {
    CAPTURE(codec_name(codec));
    const base::Buffer z = pack(codec, text);
    for (std::size_t n = 1; n < z.size(); ++n) {
      const Unpacked u = unpack(codec, z.view().first(n));
      CHECK(u.error.find("truncated") != std::string::npos);
      CHECK(text.starts_with(u.text));
    }
  }
}

TEST_CASE("compress: damaged bytes never do more than fail") {
  const std::string text = sample(3000);
  std::mt19937 random(1);
  for (const Codec codec : packed) {
    CAPTURE(codec_name(codec));
    const base::Buffer z = pack(codec, text);
    for (int i = 0; i < 300; ++i) {
      base::Buffer bad(z.view());
      for (int k = 0; k < 3; ++k) bad.data()[random() % bad.size()] = static_cast<std::uint8_t>(random());
      CHECK(unpack(codec, bad, 1 + random() % 600, 500).text.size() < std::size_t{1} << 30);
    }
  }
}

TEST_CASE("compress: output of a bomb comes in bounded pieces") {
  for (const Codec codec : packed) {
    const base::Buffer z = pack(codec, std::string(8 << 20, 'a'));
    const auto inflater = Inflater::make(codec).value();
    base::Bytes in = z;
    base::Buffer out;
    REQUIRE(inflater->feed(in, out, 1000));
    if (out.size() < 1000) REQUIRE(inflater->feed(in, out, 1000 - out.size()));
    CHECK(out.size() == 1000);
  }
}

TEST_CASE("compress: after flush all that was written can be read") {
  const std::string text = sample(50'000);
  for (const Codec codec : packed) {
    CAPTURE(codec_name(codec));
    const auto d = Deflater::make(codec).value();
    base::Buffer z;
    for (std::size_t at = 0; at < text.size(); at += 10'000) {
      REQUIRE(d->write(as_bytes(std::string_view(text).substr(at, 10'000)), z));
      REQUIRE(d->flush(z));
      CHECK(unpack(codec, z).text == text.substr(0, at + 10'000));
      const std::size_t size = z.size();
      REQUIRE(d->flush(z));
      CHECK(unpack(codec, z).text == text.substr(0, at + 10'000));
      CHECK(z.size() - size < 32);
    }
    REQUIRE(d->finish(z));
    const std::size_t size = z.size();
    REQUIRE(d->finish(z));
    CHECK(z.size() == size);
    const Unpacked u = unpack(codec, z);
    CHECK(u.error.empty());
    CHECK(u.text == text);
    // Writing on makes another member.
    REQUIRE(d->write(as_bytes("more"), z));
    REQUIRE(d->finish(z));
    CHECK(unpack(codec, z).text == text + "more");
  }
}

TEST_CASE("compress: a stream that stops at a flush point can be closed") {
  const std::string text = sample(300'000);
  for (const Codec codec : packed) {
    CAPTURE(codec_name(codec));
    const auto d = Deflater::make(codec).value();
    base::Buffer z;
    for (const std::size_t size : {1UL, 100'000UL, 300'000UL}) {
      REQUIRE(d->write(as_bytes(std::string_view(text).substr(0, size)), z));
      REQUIRE(d->flush(z));
      const auto inflater = Inflater::make(codec).value();
      base::Buffer out;
      base::Bytes in = z;
      REQUIRE(inflater->feed(in, out, 1 << 20));
      REQUIRE(inflater->feed(in, out, 1 << 20));
      const std::size_t got = out.size();
      const base::Buffer closing = inflater->closing();
      in = closing;
      REQUIRE(inflater->feed(in, out, 1 << 20));
      CHECK(inflater->at_end());
      CHECK(out.size() == got);
    }
  }
}

TEST_CASE("compress: what asks for more memory than is allowed is refused, and says so") {
  // xz with a dictionary of 1 GiB; a zstd frame with a window of 2 GiB (RFC 8878 3.1.1.1.2).
  const auto xz = base::from_hex(
      "fd377a585a000004e6d6b44602002101240000005e1fc7f9010003746578740055cde833ff4a0c1700011c046f2c9cc11fb6f37d01000000"
      "0004"
      "595a");
  REQUIRE(xz);
  CHECK(unpack(Codec::xz, *xz).error.find("1025 MiB of memory, and 128 MiB are allowed") != std::string::npos);
  const auto zstd = base::from_hex("28b52ffd00a8010000");
  REQUIRE(zstd);
  CHECK(unpack(Codec::zstd, *zstd).error.find("larger than the 128 MiB allowed") != std::string::npos);
}

TEST_CASE("compress: an xz file has members behind padding (xz file format 2.2)") {
  base::Buffer z = pack(Codec::xz, "one ");
  for (int i = 0; i < 8; ++i) z.push(0);
  z.append(pack(Codec::xz, "two"));
  for (const std::size_t size : {1UL, 5UL, 1000UL}) {
    const Unpacked u = unpack(Codec::xz, z, size);
    CHECK(u.error.empty());
    CHECK(u.text == "one two");
  }
}
