#include "net/file_writer.hh"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_support.hh"
#include "net/file_names.hh"

using namespace net;
using base::as_bytes;

namespace {

struct Owner final : FileWriter::Handler {
  explicit Owner(Loop& l) : loop(l) {}
  void on_writable() override {
    ++writable;
    loop.stop();
  }
  void on_error(std::string_view text) override {
    ++errors;
    error = text;
    loop.stop();
  }
  void open(const std::string& path, FileOptions options = {}) {
    auto opened = FileWriter::open(loop, path, options, *this);
    REQUIRE(opened);
    writer = std::move(*opened);
  }
  void write(std::string_view text) { writer->write(base::Buffer(as_bytes(text)), 1); }
  base::Result<WrittenFile> close() {
    std::optional<base::Result<WrittenFile>> result;
    writer->close([&](base::Result<WrittenFile> r) {
      result = std::move(r);
      writer.reset();
      loop.stop();
    });
    REQUIRE(run_until(loop, [&] { return result.has_value(); }));
    return std::move(*result);
  }

  Loop& loop;
  std::unique_ptr<FileWriter> writer;
  int writable = 0, errors = 0;
  std::string error;
};

// What a crash would leave behind now.
std::string left_behind(const std::string& path) { return get_file(path + ".tmp"); }

std::string text_of_size(std::size_t size) {
  std::string s;
  for (std::size_t i = 0; s.size() < size; ++i) s += std::to_string(i * 2654435761U) + " ";
  s.resize(size);
  return s;
}

}  // namespace

TEST_CASE("file names: alternatives keep extensions") {
  CHECK(alternative("a/updates.20260222.1530.mrt.gz", 1) == "a/updates.20260222.1530_0001.mrt.gz");
  CHECK(alternative("out.json", 2) == "out_0002.json");
  CHECK(alternative("rib.2", 1) == "rib.2_0001");
  CHECK(alternative("d.x/plain", 1) == "d.x/plain_0001");
  CHECK(alternative("x.zst", 3) == "x_0003.zst");
  CHECK(alternative(".gz", 1) == ".gz_0001");
}

TEST_CASE("file names: alternatives sort behind the first, one behind the other, and before what comes next") {
  for (const std::string name : {"updates.20260222.1530.mrt.gz", "updates.20260222.1530.mrt", "w.json", "plain"}) {
    std::string before = name;
    for (const unsigned n : {1U, 2U, 9U, 10U, 11U, 100U, 1000U, 9999U}) {
      CHECK(before < alternative(name, n));
      before = alternative(name, n);
    }
  }
  CHECK(alternative("updates.20260222.1530.mrt.gz", 9999) < "updates.20260222.1531.mrt.gz");
}

TEST_CASE("file writer: an archive has its name when it is complete, and not before") {
  for (const std::string name : {"u.mrt", "u.mrt.gz", "u.mrt.bz2", "u.mrt.zst", "u.mrt.xz", "u.mrt.lz4"}) {
    const TempDirectory dir;
    Loop loop;
    Owner o(loop);
    const std::string path = dir / "new/deep/" + name, text = text_of_size(800'000);
    o.open(path);
    for (std::size_t at = 0; at < text.size(); at += 100'000) {
      base::Buffer b = o.writer->spare();
      CHECK(b.empty());
      b.append(std::string_view(text).substr(at, 100'000));
      o.writer->write(std::move(b));
    }
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(o.writer->taken() == text.size());
    const auto done = o.close();
    REQUIRE(done);
    CHECK(done->path == path);
    CHECK(done->failure.empty());
    CHECK(done->kept.bytes == text.size());
    const std::string data = get_file(path);
    CHECK(done->size == data.size());
    bool whole = false;
    CHECK(unpacked(codec_by_name(path), data, &whole) == text);
    CHECK(whole);
    CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
    struct stat info{};
    REQUIRE(stat((dir / "new/deep").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0755);
  }
}

TEST_CASE("file writer: nothing written leaves no file") {
  const TempDirectory dir;
  Loop loop;
  Owner o(loop);
  o.open(dir / "u.gz");
  CHECK(dir.list() == "u.gz.tmp");
  const auto done = o.close();
  REQUIRE(done);
  CHECK(done->path.empty());
  CHECK(dir.list().empty());
}

TEST_CASE("file writer: a file is never overwritten") {
  const TempDirectory dir;
  Loop loop;
  for (const std::string text : {"one", "two", "three"}) {
    Owner o(loop);
    o.open(dir / "u.mrt");
    o.write(text);
    const auto done = o.close();
    REQUIRE(done);
    CHECK(done->wanted == dir / "u.mrt");
  }
  CHECK(dir.list() == "u.mrt u_0001.mrt u_0002.mrt");
  CHECK(get_file(dir / "u.mrt") == "one");
  CHECK(get_file(dir / "u_0002.mrt") == "three");
  Owner o(loop);
  const auto refused = FileWriter::open(loop, dir / "u.mrt", {.create = true}, o);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text == dir / "u.mrt exists already");
}

TEST_CASE("file writer: append adds to the file, compressed data as a further member") {
  const TempDirectory dir;
  Loop loop;
  for (const std::string name : {"u", "u.gz", "u.bz2", "u.zst", "u.xz", "u.lz4"}) {
    for (const std::string text : {"one ", "two ", "three"}) {
      Owner o(loop);
      o.open(dir / name, {.append = true});
      o.write(text);
      const auto done = o.close();
      REQUIRE(done);
      CHECK(done->path == dir / name);
    }
    CHECK(unpacked(codec_by_name(name), get_file(dir / name)) == "one two three");
  }
  Owner o(loop);
  const auto refused = FileWriter::open(loop, dir / "u.gz", {.codec = Codec::zstd, .append = true}, o);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("its compression is gzip, not zstd") != std::string::npos);
}

TEST_CASE("file writer: what a crash leaves can be read, and gets its name at the next start") {
  for (const std::string name : {"u", "u.gz", "u.bz2", "u.zst", "u.xz", "u.lz4"}) {
    CAPTURE(name);
    const Codec codec = codec_by_name(name);
    const TempDirectory dir;
    Loop loop;
    Owner o(loop);
    o.open(dir / name, {.flush_every = 20 * base::millisecond});
    const std::string text = text_of_size(50'000);
    const base::Nanos start = base::system_clock().mono();
    o.write(text);
    // Soon all of it is on disk, though the file is open.
    while (unpacked(codec, left_behind(dir / name)) != text && base::system_clock().mono() - start < 20 * base::second)
      run_for(loop, 10 * base::millisecond);
    CHECK(unpacked(codec, left_behind(dir / name)) == text);
    const std::string left = left_behind(dir / name);
    o.writer.reset();
    REQUIRE(std::filesystem::remove(dir / name));
    put_file(dir / name + ".tmp", left);

    o.open(dir / name);
    CHECK(dir.list() == name + " " + name + ".tmp");
    o.write("new");
    const auto done = o.close();
    REQUIRE(done);
    CHECK(done->path == alternative(dir / name, 1));
    bool whole = false;
    CHECK(unpacked(codec, get_file(dir / name), &whole) == text);
    CHECK(whole);
    CHECK(unpacked(codec, get_file(done->path)) == "new");
  }
}

TEST_CASE("file writer: appending to what a crash left ends its member first") {
  const TempDirectory dir;
  Loop loop;
  for (const Codec codec : {Codec::gzip, Codec::zstd, Codec::lz4}) {
    const auto d = Deflater::make(codec).value();
    base::Buffer z;
    REQUIRE(d->write(as_bytes("before "), z));
    REQUIRE(d->flush(z));
    put_file(dir / "u", z.text());
    Owner o(loop);
    o.open(dir / "u", {.codec = codec, .append = true});
    o.write("after");
    REQUIRE(o.close());
    bool whole = false;
    CHECK(unpacked(codec, get_file(dir / "u"), &whole) == "before after");
    CHECK(whole);
  }
}

TEST_CASE("file writer: two writers do not share a file") {
  const TempDirectory dir;
  Loop loop;
  Owner a(loop), b(loop);
  a.open(dir / "u.gz");
  const auto refused = FileWriter::open(loop, dir / "u.gz", {}, b);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("another writer has it open") != std::string::npos);
  a.write("x");
  REQUIRE(a.close());
  b.open(dir / "u.gz");
}

TEST_CASE("file writer: a full disk is told once, what was written stays whole") {
  // A limit on the size of files acts like a full disk; the signal that comes with it must not kill.
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  for (const std::string name : {"u", "u.gz", "u.bz2", "u.zst", "u.xz", "u.lz4"}) {
    CAPTURE(name);
    const TempDirectory dir;
    Loop loop;
    Owner o(loop);
    o.open(dir / name);
    const rlimit small{1'000'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string text = text_of_size(4'000'000);
    const std::size_t record = 100'000;
    for (std::size_t at = 0; at < text.size(); at += record) {
      if (!o.writer->writable()) REQUIRE(run_until(loop, [&] { return o.writer->writable(); }));
      o.write(std::string_view(text).substr(at, record));
    }
    CHECK(run_until(loop, [&] { return o.errors != 0; }));
    const auto done = o.close();
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(o.errors == 1);
    CHECK(o.error == dir / name + ": file too large");
    REQUIRE(done);
    CHECK(done->failure == o.error);
    CHECK(done->path == dir / name);
    CHECK(done->size == get_file(dir / name).size());
    bool whole = false;
    const std::string kept = unpacked(codec_by_name(name), get_file(dir / name), &whole);
    CHECK(whole);
    CHECK(text.starts_with(kept));
    CHECK(kept.size() % record == 0);
    CHECK_FALSE(kept.empty());
    CHECK(done->kept.bytes == kept.size());
    CHECK(done->kept.records == kept.size() / record);
  }
}

TEST_CASE("file writer: a pipe that is not read stops the writer, and never its owner") {
  Loop loop;
  Owner o(loop);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  auto opened = FileWriter::duplicate(loop, ends[1], "pipe", {}, o);
  REQUIRE(opened);
  o.writer = std::move(*opened);
  CHECK((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
  close(ends[1]);
  std::size_t given = 0;
  while (o.writer->writable()) {
    o.write(std::string(500'000, 'x'));
    given += 500'000;
  }
  CHECK(given >= FileWriter::high_mark);
  CHECK(o.writer->pending() >= FileWriter::high_mark - (1 << 20));
  std::size_t read_back = 0;
  std::string buffer(1 << 20, ' ');
  while (o.writable == 0) {
    const ssize_t n = read(ends[0], buffer.data(), buffer.size());
    REQUIRE(n > 0);
    read_back += static_cast<std::size_t>(n);
    if (o.writer->pending() < FileWriter::low_mark) CHECK(run_until(loop, [&] { return o.writable != 0; }));
  }
  CHECK(o.writer->writable());
  std::optional<base::Result<WrittenFile>> done;
  o.writer->close([&](base::Result<WrittenFile> r) {
    done = std::move(r);
    loop.stop();
  });
  while (read_back < given) {
    const ssize_t n = read(ends[0], buffer.data(), buffer.size());
    REQUIRE(n > 0);
    read_back += static_cast<std::size_t>(n);
  }
  CHECK(run_until(loop, [&] { return done.has_value(); }));
  REQUIRE(*done);
  CHECK((*done)->size == given);
  close(ends[0]);
}

TEST_CASE("file writer: a pipe whose reader has gone is an error") {
  Loop loop;
  Owner o(loop);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  o.writer = FileWriter::duplicate(loop, ends[1], "standard output", {}, o).value();
  close(ends[0]);
  close(ends[1]);
  o.write("x");
  CHECK(run_until(loop, [&] { return o.errors == 1; }));
  CHECK(o.error == "standard output: broken pipe");
}

TEST_CASE("file writer: destroying it is bounded even when a pipe takes nothing") {
  Loop loop;
  Owner o(loop);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const base::Nanos bound = base::second / 10;
  o.writer = FileWriter::duplicate(loop, ends[1], "pipe", {.drain_bound = bound}, o).value();
  close(ends[1]);
  o.write(std::string(500'000, 'x'));
  const base::Nanos start = base::system_clock().mono();
  o.writer.reset();
  const base::Nanos took = base::system_clock().mono() - start;
  CHECK(took >= bound);
  CHECK(took < bound + 5 * base::second);
  close(ends[0]);
}

TEST_CASE("file writer: devices are written as they are") {
  Loop loop;
  Owner o(loop);
  o.open("/dev/null");
  o.write("x");
  const auto done = o.close();
  REQUIRE(done);
  CHECK(done->path == "/dev/null");
  o.open("/dev/full");
  o.write("x");
  CHECK(run_until(loop, [&] { return o.errors == 1; }));
  CHECK(o.error == "/dev/full: no space left on device");
}

TEST_CASE("file writer: destroying it ends the file properly") {
  const TempDirectory dir;
  Loop loop;
  Owner o(loop);
  o.open(dir / "u.gz");
  o.write("text");
  o.writer.reset();
  bool whole = false;
  CHECK(unpacked(Codec::gzip, get_file(dir / "u.gz"), &whole) == "text");
  CHECK(whole);
}

TEST_CASE("file writer: what was removed while it was written is lost, by an error") {
  const TempDirectory dir;
  Loop loop;
  Owner o(loop);
  o.open(dir / "d/u");
  o.write("text");
  REQUIRE(run_until(loop, [&] { return o.writer->kept().records == 1; }));
  std::filesystem::remove_all(dir / "d");
  const auto done = o.close();
  REQUIRE_FALSE(done);
  CHECK(done.error().text == dir / "d/u" + ": it was removed while it was written");
}
