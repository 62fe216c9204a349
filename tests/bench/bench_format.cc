// How fast messages are read and written, in memory, on one thread: bench_format FILE… with plain MRT files. Best of
// several turns. With --check it proves instead that every message comes back from its JSON line byte for byte.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "format/json_read.hh"
#include "format/json_write.hh"
#include "format/mrt_read.hh"
#include "format/mrt_write.hh"

namespace {

constexpr std::size_t piece = std::size_t{256} << 10;  // as much as a reader hands on at once

struct Count final : format::Sink {
  std::size_t messages = 0, bytes = 0;
  void message(const bgp::MessageView& m) override {
    ++messages;
    bytes += m.wire.size();
  }
};

// Encodes into one buffer that is thrown away when it is full, or kept.
struct Encode final : format::Sink {
  explicit Encode(format::Encoder& e, bool keep_all = false) : encoder(e), keep(keep_all) {}
  void message(const bgp::MessageView& m) override {
    ++messages;
    const std::size_t before = out.size();
    encoder.encode(m, out);
    bytes += out.size() - before;
    if (!keep && out.size() > piece) out.clear();
  }
  format::Encoder& encoder;
  bool keep;
  base::Buffer out;
  std::size_t messages = 0, bytes = 0;
};

// Hands the data on in pieces, as a file reader does.
bool decode(format::Decoder& d, base::Bytes data, format::Sink& sink) {
  std::size_t from = 0, to = 0;
  while (from != data.size()) {
    to = std::min(data.size(), to + piece);
    const auto used = d.decode(data.subspan(from, to - from), sink);
    if (!used) {
      std::fprintf(stderr, "%s\n", used.error().text.c_str());
      return false;
    }
    from += *used;
    if (to == data.size()) break;
  }
  const auto done = d.finish(data.subspan(from), sink);
  if (!done) std::fprintf(stderr, "%s\n", done.error().text.c_str());
  return done.has_value();
}

// Time of this thread, so that a busy machine does not show.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

template <class Work>
void measure(const char* what, std::size_t input, Work&& work) {
  double best = 1e9;
  std::pair<std::size_t, std::size_t> counts;
  for (int turn = 0; turn < 7; ++turn) {
    const double start = cpu_seconds();
    counts = work();
    best = std::min(best, cpu_seconds() - start);
  }
  std::printf("  %-14s %7.3f M messages/s  %8.1f MB/s in  %8.1f MB/s out\n", what,
              static_cast<double>(counts.first) / best / 1e6, static_cast<double>(input) / best / 1e6,
              static_cast<double>(counts.second) / best / 1e6);
}

void bench(base::Bytes mrt) {
  base::Buffer json;
  {
    format::MrtDecoder d({});
    format::JsonWriter w;
    Encode sink(w, true);
    if (!decode(d, mrt, sink)) return;
    json = std::move(sink.out);
    std::printf("  %zu messages, %zu other records, %.1f MB MRT, %.1f MB JSON\n", sink.messages,
                static_cast<std::size_t>(d.skipped()), static_cast<double>(mrt.size()) / 1e6,
                static_cast<double>(json.size()) / 1e6);
  }
  const auto run = [](auto&& decoder, auto&& sink, base::Bytes data) {
    decode(decoder, data, sink);
    return std::pair{sink.messages, sink.bytes};
  };
  measure("MRT", mrt.size(), [&] { return run(format::MrtDecoder({}), Count{}, mrt); });
  measure("MRT to JSON", mrt.size(), [&] {
    format::JsonWriter w;
    return run(format::MrtDecoder({}), Encode(w), mrt);
  });
  measure("MRT to MRT", mrt.size(), [&] {
    format::MrtEncoder w;
    return run(format::MrtDecoder({}), Encode(w), mrt);
  });
  measure("JSON", json.size(), [&] { return run(format::JsonDecoder({}), Count{}, json); });
  measure("JSON to JSON", json.size(), [&] {
    format::JsonWriter w;
    return run(format::JsonDecoder({}), Encode(w), json);
  });
}

struct Check final : format::Sink {
  void message(const bgp::MessageView& m) override {
    ++messages;
    line.clear();
    writer.append(m, line);
    const auto read = reader.read(line.text(), 0, back);
    const std::string_view text = line.text();
    hex += text.find("\"UPDATE\",\"0x") != text.npos || text.find("\"raw\":") != text.npos ||
           text.find("\"attrs\":\"") != text.npos;
    params += text.find("\"params\":") != text.npos;
    narrow += !m.context->as4 && m.type == bgp::MsgType::update;
    if (read && *read && base::equal(back.wire, m.wire)) {
      ++equal;
      return;
    }
    // A 2-byte message comes back in 4-byte form: the same text must come out again.
    if (read && *read && !m.context->as4) {
      bgp::MessageView v = m;
      v.wire = back.wire.view();
      v.context = &back.context;
      base::Buffer again;
      writer.append(v, again);
      if (again.text() == line.text()) {
        ++widened;
        return;
      }
    }
    ++bad;
    std::printf("  differs: %.*s\n    %s\n", static_cast<int>(std::min<std::size_t>(text.size(), 2000)), text.data(),
                read ? base::to_hex(back.wire).c_str() : read.error().text.c_str());
  }
  format::JsonWriter writer;
  format::JsonReader reader;
  bgp::OwnedMessage back;
  base::Buffer line;
  std::size_t messages = 0, equal = 0, widened = 0, bad = 0, hex = 0, params = 0, narrow = 0;
};

bool check(base::Bytes mrt) {
  format::MrtDecoder d({});
  Check sink;
  const bool read = decode(d, mrt, sink);
  std::printf("  %zu messages: %zu equal, %zu in 4-byte form, %zu bad; %zu with hex, %zu OPENs with params\n",
              sink.messages, sink.equal, sink.widened, sink.bad, sink.hex, sink.params);
  return read && sink.bad == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool checking = argc > 1 && std::strcmp(argv[1], "--check") == 0;
  bool good = argc > (checking ? 2 : 1);
  for (int i = checking ? 2 : 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    std::printf("%s\n", argv[i]);
    const base::Bytes mrt = base::as_bytes({bytes.data(), bytes.size()});
    if (checking)
      good &= check(mrt);
    else
      bench(mrt);
  }
  return good ? 0 : 1;
}
