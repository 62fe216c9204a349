// What is special about bzip2: blocks that begin at any bit are found and decoded ahead of their turn.
#include <bzlib.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <random>
#include <string>

#include "file_support.hh"
#include "net/bzip2_bits.hh"
#include "net/compress.hh"
#include "net/file_source.hh"

using namespace net;
using codecs::bzip2_block_magic;
using codecs::bzip2_end_magic;

namespace {

struct Unpacked {
  std::string text, error;
};

Unpacked unpack(base::Bytes in, std::size_t piece = 100'000, std::size_t room = 70'000) {
  Unpacked u;
  const auto inflater = Inflater::make(Codec::bzip2).value();
  base::Buffer out;
  for (bool last = false; !last;) {
    base::Bytes part = in.first(std::min(piece, in.size()));
    in = in.subspan(part.size());
    last = part.empty();
    do {
      out.clear();
      const auto ok = inflater->feed(part, out, room);
      CHECK(out.size() <= room);
      u.text += out.text();
      if (!ok) u.error = ok.error().text;
      if (!ok) return u;
    } while (out.size() == room);
    CHECK(part.empty());
  }
  if (const auto ok = inflater->finish(); !ok) u.error = ok.error().text;
  return u;
}

std::string sample(std::size_t size, unsigned seed = 7) {
  std::mt19937 random(seed);
  std::string s;
  while (s.size() < size) s += "prefix " + std::to_string(random() % 500'000) + (random() % 9 == 0 ? "\n" : " ");
  s.resize(size);
  return s;
}

// Blocks of 100,000 bytes.
base::Buffer pack(std::string text) {
  base::Buffer out;
  unsigned size = static_cast<unsigned>(text.size() + text.size() / 50 + 1000);
  auto* const room = reinterpret_cast<char*>(out.reserve(size));
  REQUIRE(BZ2_bzBuffToBuffCompress(room, &size, text.data(), static_cast<unsigned>(text.size()), 1, 0, 0) == BZ_OK);
  out.commit(size);
  return out;
}

std::vector<std::size_t> blocks_of(base::Bytes data) {
  std::vector<std::size_t> at;
  for (auto next = codecs::find_bzip2_magic(data, 0); next; next = codecs::find_bzip2_magic(data, *next + 1))
    at.push_back(*next);
  return at;
}

class Bits {
 public:
  Bits& put(std::uint64_t value, std::size_t count) {
    while (count-- > 0) {
      if (used_++ % 8 == 0) out_.push(0);
      if ((value >> count & 1) != 0) out_.data()[out_.size() - 1] |= static_cast<std::uint8_t>(128 >> (used_ - 1) % 8);
    }
    return *this;
  }
  base::Bytes bytes() const { return out_; }

 private:
  base::Buffer out_;
  std::size_t used_ = 0;
};

// A block of 254 byte values where every symbol has a code of 8 bits, so that it can hold any bytes but 0, 1 and 255
// as they are: such as a magic number.
void put_block(Bits& out, const std::vector<std::uint8_t>& symbols, std::uint32_t checksum) {
  const std::size_t selectors = symbols.size() / 50 + 1, alphabet = 256;
  out.put(bzip2_block_magic, 48).put(checksum, 32).put(0, 1).put(0, 24);
  out.put(0xffff, 16);
  for (int i = 0; i < 16; ++i) out.put(i == 0 ? 0x3fff : 0xffff, 16);
  out.put(2, 3).put(selectors, 15);
  for (std::size_t i = 0; i < selectors; ++i) out.put(0, 1);
  for (int table = 0; table < 2; ++table)
    out.put(8, 5).put(0, alphabet % 64).put(0, 64).put(0, 64).put(0, 64).put(0, 64);
  for (const std::uint8_t s : symbols) out.put(s, 8);
  out.put(255, 8);
}

std::uint32_t checksum(std::string_view text) {
  std::uint32_t sum = 0xffffffff;
  for (const char c : text) {
    sum ^= std::uint32_t{static_cast<std::uint8_t>(c)} << 24;
    for (int i = 0; i < 8; ++i) sum = sum << 1 ^ (sum >> 31 != 0 ? 0x04c11db7U : 0);
  }
  return ~sum;
}

// One member of such blocks, with its text as libbz2 reads it.
struct Member {
  base::Buffer packed;
  std::string text;
};
Member member_of(const std::vector<std::vector<std::uint8_t>>& blocks) {
  Member m;
  Bits out;
  std::uint32_t all = 0;
  out.put('B', 8).put('Z', 8).put('h', 8).put('1', 8);
  for (const auto& symbols : blocks) {
    Bits alone;
    alone.put('B', 8).put('Z', 8).put('h', 8).put('1', 8);
    put_block(alone, symbols, 0);
    std::string text(10'000'000, ' ');
    auto size = static_cast<unsigned>(text.size());
    auto* const in = reinterpret_cast<char*>(const_cast<std::uint8_t*>(alone.bytes().data()));
    (void)BZ2_bzBuffToBuffDecompress(text.data(), &size, in, static_cast<unsigned>(alone.bytes().size()), 0, 0);
    text.resize(text.find_last_not_of(' ') + 1);
    m.text += text;
    all = std::rotl(all, 1) ^ checksum(text);
    put_block(out, symbols, checksum(text));
  }
  out.put(bzip2_end_magic, 48).put(all, 32);
  m.packed.append(out.bytes());
  return m;
}

std::vector<std::uint8_t> symbols(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> out(count);
  for (auto& s : out) s = static_cast<std::uint8_t>(2 + random() % 253);
  return out;
}
void plant(std::vector<std::uint8_t>& in, std::size_t at, std::uint64_t magic) {
  for (std::size_t i = 0; i < 6; ++i) in[at + i] = static_cast<std::uint8_t>(magic >> (40 - 8 * i));
}

}  // namespace

TEST_CASE("bzip2: a magic number is found at any bit, and nowhere else") {
  for (std::size_t at = 0; at < 80; ++at) {
    for (const std::uint64_t magic : {bzip2_block_magic, bzip2_end_magic}) {
      Bits b;
      for (std::size_t i = 0; i < at; ++i) b.put(i % 3 == 0, 1);
      b.put(magic, 48).put(0, 32);
      CHECK(codecs::find_bzip2_magic(b.bytes(), 0) == at);
      CHECK(codecs::find_bzip2_magic(b.bytes(), at) == at);
      CHECK_FALSE(codecs::find_bzip2_magic(b.bytes(), at + 1));
      CHECK(codecs::bits_at(b.bytes(), at, 48) == magic);
      base::Buffer moved;
      codecs::append_bits(moved, b.bytes(), at, at + 48);
      CHECK(moved.size() == 6);
      CHECK(codecs::bits_at(moved, 0, 48) == magic);
    }
  }
  CHECK_FALSE(codecs::bits_at(base::as_bytes("123456"), 1, 48));
}

TEST_CASE("bzip2: blocks come out in their order, in pieces of any size") {
  const std::string text = sample(1'500'000), other = sample(250'000, 8);
  base::Buffer z = pack(text);
  CHECK(blocks_of(z).size() > 15);
  z.append(pack(other));
  z.append(pack(""));
  z.append(pack("short"));
  for (const std::size_t piece : {777UL, 100'000UL, 10'000'000UL}) {
    for (const std::size_t room : {5000UL, 1UL << 18, 1UL << 24}) {
      const Unpacked u = unpack(z, piece, room);
      CHECK(u.error.empty());
      CHECK(u.text == text + other + "short");
    }
  }
}

TEST_CASE("bzip2: what looks like the end of a block inside of one is data") {
  std::vector<std::vector<std::uint8_t>> blocks;
  for (unsigned i = 0; i < 6; ++i) blocks.push_back(symbols(40'000, i));
  const Member plain = member_of(blocks);
  CHECK(blocks_of(plain.packed).size() == 7);
  CHECK(unpack(plain.packed).text == plain.text);
  CHECK(unpack(plain.packed).error.empty());
  for (const std::uint64_t magic : {bzip2_block_magic, bzip2_end_magic}) {
    for (const std::size_t block : {0UL, 2UL, 5UL}) {
      auto changed = blocks;
      for (const std::size_t at : {100UL, 20'000UL, 20'050UL, 39'994UL}) plant(changed[block], at, magic);
      const Member m = member_of(changed);
      CHECK(blocks_of(m.packed).size() == 11);
      for (const std::size_t piece : {3000UL, 10'000'000UL}) {
        const Unpacked u = unpack(m.packed, piece);
        CHECK(u.error.empty());
        CHECK(u.text == m.text);
      }
    }
  }
}

TEST_CASE("bzip2: a block that makes far more than it takes comes in bounded pieces") {
  std::mt19937 random(3);
  std::string text;
  while (text.size() < 12'000'000) text += std::string(255, static_cast<char>(random()));
  const base::Buffer z = pack(text);
  CHECK(z.size() > 40'000);
  CHECK(unpack(z).text == text);
}

TEST_CASE("bzip2: of a damaged stream all blocks before the damage come out, with its place") {
  const std::string text = sample(1'000'000);
  const base::Buffer z = pack(text);
  const auto at = blocks_of(z);
  for (std::size_t block = 1; block + 2 < at.size(); block += 3) {
    base::Buffer bad(z.view());
    bad.data()[at[block] / 8 + 2000] ^= 0x10;
    const Unpacked u = unpack(bad);
    CHECK(u.error == "bzip2: damaged data near byte " + std::to_string(at[block] / 8));
    CHECK(u.text.size() >= block * 99'000);
    CHECK(text.starts_with(u.text.substr(0, block * 99'000)));
    // A magic number that is none.
    base::Buffer lost(z.view());
    lost.data()[at[block] / 8 + 2] ^= 0x10;
    const Unpacked v = unpack(lost);
    CHECK(v.error.find("damaged data") != std::string::npos);
    CHECK(v.text.size() >= block * 99'000);
    CHECK(text.starts_with(v.text));
  }
  base::Buffer sum(z.view());
  sum.data()[at.back() / 8 + 7] ^= 1;
  CHECK(unpack(sum).error.find("checksum does not match") != std::string::npos);
  CHECK(unpack(sum).text == text);
}

TEST_CASE("bzip2: of a truncated stream all whole blocks come out") {
  const std::string text = sample(400'000);
  const base::Buffer z = pack(text);
  const auto at = blocks_of(z);
  for (std::size_t n = 5; n < z.size(); n += n < 100 || n + 40 > z.size() ? 1 : 997) {
    const Unpacked u = unpack(z.view().first(n), 10'000);
    CHECK(u.error == "bzip2: truncated at byte " + std::to_string(n));
    CHECK(text.starts_with(u.text));
    std::size_t whole = 0;
    while (whole + 1 < at.size() && at[whole + 1] / 8 + 8 < n) ++whole;
    CHECK(u.text.size() >= std::min(text.size(), whole * 99'000));
  }
}

TEST_CASE("bzip2: data without end that is no block is refused") {
  base::Buffer bad(pack(sample(200'000)).view().first(10'000));
  std::mt19937 random(5);
  for (std::size_t i = 0; i < 4'000'000; ++i) bad.push(static_cast<std::uint8_t>(random()));
  CHECK(unpack(bad).error.find("damaged data") != std::string::npos);
}

TEST_CASE("bzip2: an inflater may go while its threads are at work") {
  const base::Buffer z = pack(sample(2'000'000));
  for (const std::size_t size : {30'000UL, 300'000UL}) {
    const auto inflater = Inflater::make(Codec::bzip2).value();
    base::Bytes in = z.view().first(std::min(size, z.size()));
    base::Buffer out;
    REQUIRE(inflater->feed(in, out, 1 << 24));
  }
}

TEST_CASE("bzip2: input is taken although what was decoded waits to be taken, so that the threads have work") {
  const auto data = pack(sample(300'000));
  const auto blocks = blocks_of(data);
  REQUIRE(blocks.size() > 3);
  const auto inflater = Inflater::make(Codec::bzip2).value();
  base::Buffer out;
  base::Bytes first = data.view().first(blocks[1] / 8 + 20), nothing;
  REQUIRE(inflater->feed(first, out, 0));
  REQUIRE(inflater->feed(first, out, 1));
  REQUIRE(inflater->feed(nothing, out, 1));
  REQUIRE(out.size() != 0);
  base::Bytes second = data.view().subspan(blocks[1] / 8 + 20, 10'000);
  REQUIRE(inflater->feed(second, out, 1));
  CHECK(second.empty());
}

TEST_CASE("bzip2: a file is read a block ahead of what is decoded, at least") {
  const TempDirectory dir;
  const std::string text = sample(6'000'000);
  const auto data = packed(Codec::bzip2, text);
  put_file(dir / "x.bz2", data.text());
  const Fd file(::open((dir / "x.bz2").c_str(), O_RDONLY | O_CLOEXEC));
  auto source = FileSource::duplicate(file.get(), "x", {}).value();
  constexpr std::size_t room = 60'000, block = 900'000;
  base::Buffer out;
  const auto packed_size = [&](std::size_t size) { return size * data.size() / text.size(); };
  while (out.size() < text.size() - 2 * block) {
    REQUIRE(source.fill(out, room, -1) == FileSource::Got::data);
    if (out.size() < block) continue;
    // Both descriptors have one place in the file.
    const auto taken = static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_CUR));
    REQUIRE(taken >= packed_size(out.size() + block));
  }
  CHECK(text.starts_with(out.text()));
}
