#include "net/file_reader.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "file_support.hh"

using namespace net;
using base::as_bytes;

namespace {

// Takes whole lines.
struct Lines final : FileReader::Handler {
  explicit Lines(Loop& l) : loop(l) {}
  std::size_t on_data(base::Bytes data) override {
    ++calls;
    largest = std::max(largest, data.size());
    const std::string_view text = base::as_text(data);
    std::size_t used = 0;
    for (std::size_t at; (at = text.find('\n', used)) != std::string_view::npos; used = at + 1) {
      all += text.substr(used, at + 1 - used);
      ++lines;
      if (pause_after != 0 && lines % pause_after == 0) {
        reader->pause();
        used = at + 1;
        break;
      }
    }
    loop.stop();
    if (destroy) reader.reset();
    return used;
  }
  void on_eof(base::Bytes left) override {
    eof = true;
    rest = base::as_text(left);
    if (destroy) reader.reset();
    loop.stop();
  }
  void on_error(std::string_view text, base::Bytes left, bool is_cut) override {
    error = text;
    rest = base::as_text(left);
    cut = is_cut;
    if (destroy) reader.reset();
    loop.stop();
  }
  bool over() const { return eof || !error.empty(); }

  Loop& loop;
  std::unique_ptr<FileReader> reader;
  std::string all, rest, error;
  std::size_t lines = 0, calls = 0, largest = 0, pause_after = 0;
  bool eof = false, cut = false, destroy = false;
};

std::string many_lines(std::size_t count) {
  std::string s;
  for (std::size_t i = 0; i < count; ++i) s += "line " + std::to_string(i * 7919) + std::string(i % 90, 'x') + "\n";
  return s;
}

void open(Lines& h, const std::string& path, FileReader::Options options = {}) {
  auto opened = FileReader::open(h.loop, path, options, h);
  REQUIRE(opened);
  h.reader = std::move(*opened);
}

}  // namespace

TEST_CASE("file reader: records are whole and in order, whatever the compression") {
  const TempDirectory dir;
  Loop loop;
  const std::string text = many_lines(40'000);
  REQUIRE(text.size() > 4 * FileReader::buffer_size);
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::bzip2, Codec::zstd, Codec::xz, Codec::lz4}) {
    CAPTURE(codec_name(codec));
    put_file(dir / "f", packed(codec, text + "tail").text());
    Lines h(loop);
    open(h, dir / "f");
    CHECK(run_until(loop, [&] { return h.over(); }));
    CHECK(h.error.empty());
    CHECK(h.all == text);
    CHECK(h.rest == "tail");
    CHECK(h.reader->offset() == text.size());
    CHECK(h.calls <= text.size() / FileReader::buffer_size + 2);
  }
}

TEST_CASE("file reader: an empty file ends at once, short files need no magic") {
  const TempDirectory dir;
  Loop loop;
  for (const std::string text : {"", "\n", "B", "BZh\n", "\x1f"}) {
    put_file(dir / "f", text);
    Lines h(loop);
    open(h, dir / "f");
    CHECK(run_until(loop, [&] { return h.over(); }));
    CHECK(h.eof);
    CHECK(h.all + h.rest == text);
  }
}

TEST_CASE("file reader: what cannot be opened says why") {
  const TempDirectory dir;
  Loop loop;
  Lines h(loop);
  const auto missing = FileReader::open(loop, dir / "no", {}, h);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text == dir / "no: no such file or directory");
  CHECK(FileReader::open(loop, dir.path, {}, h).error().text == dir.path + ": is a directory");
}

TEST_CASE("file reader: good data before damage is given, then the error") {
  const TempDirectory dir;
  Loop loop;
  const std::string text = many_lines(20'000);
  const base::Buffer z = packed(Codec::gzip, text);
  put_file(dir / "f.gz", z.text().substr(0, z.size() / 2));
  Lines h(loop);
  open(h, dir / "f.gz");
  CHECK(run_until(loop, [&] { return h.over(); }));
  CHECK(h.error.find("f.gz: gzip: truncated at byte") != std::string::npos);
  CHECK(h.cut);
  CHECK(text.starts_with(h.all + h.rest));
  CHECK(h.all.size() > text.size() / 4);

  put_file(dir / "plain", "this is no gzip file\n");
  Lines told(loop);
  open(told, dir / "plain", {.codec = Codec::gzip});
  CHECK(run_until(loop, [&] { return told.over(); }));
  CHECK(told.error.find("no gzip header") != std::string::npos);
  CHECK_FALSE(told.cut);
}

TEST_CASE("file reader: a record beyond the bound is an error, one within it may span buffers") {
  const TempDirectory dir;
  Loop loop;
  put_file(dir / "f", "first\n" + std::string(700'000, 'x') + "\n" + std::string(200'000, 'y') + "\nend\n");
  Lines h(loop);
  open(h, dir / "f");
  CHECK(run_until(loop, [&] { return h.over(); }));
  CHECK(h.lines == 4);
  CHECK(h.all == get_file(dir / "f"));
  Lines bounded(loop);
  open(bounded, dir / "f", {.max_record = 100'000});
  CHECK(run_until(loop, [&] { return bounded.over(); }));
  CHECK(bounded.error == "the record at byte 6 is longer than 100000 bytes");
}

TEST_CASE("file reader: a paused reader gives nothing and loses nothing") {
  const TempDirectory dir;
  Loop loop;
  const std::string text = many_lines(30'000);
  put_file(dir / "f.zst", packed(Codec::zstd, text).text());
  Lines h(loop);
  h.pause_after = 1000;
  open(h, dir / "f.zst");
  for (std::size_t i = 1; i <= 30; ++i) {
    CHECK(run_until(loop, [&] { return h.reader->paused(); }));
    CHECK(h.lines == i * 1000);
    const std::size_t calls = h.calls;
    if (i == 3) run_for(loop, 20 * base::millisecond);
    CHECK(h.calls == calls);
    h.reader->resume();
  }
  CHECK(run_until(loop, [&] { return h.over(); }));
  CHECK(h.all == text);
}

TEST_CASE("file reader: pipes are handed over as they come, also compressed ones") {
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::bzip2, Codec::zstd, Codec::xz, Codec::lz4}) {
    CAPTURE(codec_name(codec));
    Loop loop;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    Lines h(loop);
    auto opened = FileReader::duplicate(loop, ends[0], "pipe", {}, h);
    REQUIRE(opened);
    h.reader = std::move(*opened);
    close(ends[0]);
    const auto d = Deflater::make(codec).value();
    for (std::size_t i = 1; i <= 5; ++i) {
      base::Buffer z;
      REQUIRE(d->write(as_bytes("a typed line of text\n"), z));
      REQUIRE(d->flush(z));
      REQUIRE(write(ends[1], z.data(), z.size()) == static_cast<ssize_t>(z.size()));
      CHECK(run_until(loop, [&] { return h.lines == i; }));
    }
    base::Buffer z;
    REQUIRE(d->finish(z));
    REQUIRE(write(ends[1], z.data(), z.size()) == static_cast<ssize_t>(z.size()));
    close(ends[1]);
    CHECK(run_until(loop, [&] { return h.over(); }));
    CHECK(h.error.empty());
  }
}

TEST_CASE("file reader: destroying it does not wait for data") {
  const TempDirectory dir;
  Loop loop;
  Lines h(loop);
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  put_file(dir / "f", many_lines(100'000));
  for (const std::string name : {"fifo", "f"}) {
    open(h, dir / name);
    const base::Nanos start = base::system_clock().mono();
    h.reader.reset();
    CHECK(base::system_clock().mono() - start < 2 * base::second);
  }
}

TEST_CASE("file reader: its handler may destroy it in any call") {
  const TempDirectory dir;
  Loop loop;
  put_file(dir / "f", many_lines(50'000));
  put_file(dir / "empty", "");
  for (const std::string name : {"f", "empty"}) {
    Lines h(loop);
    h.destroy = true;
    open(h, dir / name);
    CHECK(run_until(loop, [&] { return h.reader == nullptr; }));
  }
  Lines h(loop);
  h.destroy = true;
  open(h, dir / "empty", {.codec = Codec::none});
  CHECK(run_until(loop, [&] { return h.reader == nullptr; }));
}
