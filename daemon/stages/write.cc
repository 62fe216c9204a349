#include "stages/write.hh"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/log.hh"
#include "net/file_writer.hh"
#include "net/timer.hh"
#include "stages/go_time.hh"
#include "stages/leg_peers.hh"
#include "stages/options.hh"
#include "stages/outage.hh"

namespace stages {

namespace {

constexpr std::size_t batch = 256 << 10;
// A disk that was full may have room again; a stage that this one takes the place of closes its file sooner.
constexpr base::Nanos reopen_after = 10 * base::second, reopen_soon = base::second;
constexpr int soon = 3;  // times
constexpr std::string_view slow_policies[] = {"block", "drop"};

template <base::Result<> (*check)(std::string_view)>
base::Result<> check_text(const conf::Value& v) {
  return check(std::get<std::string>(v));
}

template <class Options>
constexpr auto output_rows() {
  return std::array{conf::option<&Options::slow>(
      "slow",
      "when it cannot be written as fast as it comes: block the line, between routers at most for max-stall, or drop, "
      "counted, with a gap record in JSON",
      {.cost = conf::Cost::live, .choices = slow_policies})};
}

constexpr auto write_table = join(
    std::array{
        conf::option<&WriteOptions::path>(
            "path",
            "file to write, with $TIME or ${2006/01/02/1504} for the time and $PEER for the peer's address; - is "
            "standard output; missing directories are made; it is written as PATH.tmp and has its name when it is "
            "whole; one that exists is never overwritten: the next is NAME_0001.mrt, which sorts behind NAME.mrt by "
            "bytes",
            {.value_name = "PATH",
             .argument = true,
             .required = true,
             .time_pattern = true,
             .check = check_text<check_path>}),
        conf::option<&WriteOptions::append>("append", "add to the file if it exists"),
        conf::option<&WriteOptions::create>("create", "fail if the file exists"),
        conf::option<&WriteOptions::compress>(
            "compress", "compression: gzip, bzip2, zstd, xz, lz4 or none; auto: by the name of the file",
            {.value_name = "NAME", .check = check_codec}),
        conf::option<&WriteOptions::every>("every", "begin a new file so often, on the round time (0: never)",
                                           {.min = 0, .max = 366 * 86400 * base::second}),
        conf::option<&WriteOptions::time_format>("time-format", "what $TIME becomes, as 20060102.1504 should look",
                                                 {.value_name = "LAYOUT", .check = check_text<check_layout>}),
    },
    stream_rows<WriteOptions>(), output_rows<WriteOptions>());

constexpr auto stdout_table = join(stream_rows<StdoutOptions>(), output_rows<StdoutOptions>());

// Forms that say whom a message came from, and have a place for changes of state.
bool shows_peers(format::Kind k) {
  using enum format::Kind;
  return k == mrt || k == bgpdump || k == bmp || k == obmp;
}

class FileOutput : public pipeline::Stage, private net::FileWriter::Handler, private format::Sink {
 public:
  FileOutput(pipeline::Session& session, const pipeline::StageSpec& spec, const OutputOptions& options,
             format::Kind kind)
      : Stage(session, spec),
        types_(type_mask(options)),
        slow_(options.slow),
        kind_(kind),
        encoder_(format::make_encoder(kind)),
        peers_(session),
        stall_(session.loop(), [this] { check_stall(); }) {}

  pipeline::TypeMask interest() const override { return types_; }
  bool wants_single_routes() const override { return kind_ == format::Kind::bgpdump; }

  pipeline::Verdict message(pipeline::Message& m) override {
    if (session().has_legs() && shows_peers(kind_))
      put(peers_.with_peer(m.view()));
    else
      put(m.view());
    return pipeline::Verdict::pass;
  }

  bool wants_events() const override {
    return shows_peers(kind_) && (types_ & pipeline::bit(bgp::MsgType::report)) != 0;
  }
  void event(const pipeline::Event& e) override {
    if (wants_events() && e.name == "ESTABLISHED") peers_.up(spec(), *this);
  }

  void run_ended() override { hand_over(); }

  // Without legs a file that failed has ended the attempt: the next one must not take what it drops for written.
  void end() override {
    failed_at_ = 0;
    failures_ = 0;
    peers_.down(*this);
  }

  void finish(std::function<void()> done) override {
    hand_over();
    if (!session().has_legs()) tell_loss();
    if (writer_) {
      state_ = "closing";
      close_writer();
    }
    if (closing_.empty())
      done();
    else
      finished_ = std::move(done);
  }

  void describe(pipeline::StageStatus& s) const override {
    s.state = state_;
    s.text = trouble_.empty() ? place_ : place_ + "; " + trouble_;
    s.counters = {{"messages", messages_},
                  {"bytes", bytes_},
                  {"dropped", dropped_},
                  {"unwritten", unwritten_},
                  {"files", files_}};
  }

 protected:
  virtual base::Result<std::unique_ptr<net::FileWriter>> open(net::FileWriter::Handler& handler) = 0;
  // Its reader may go when it has seen enough: that is no failure.
  virtual bool reader_may_go() const { return false; }
  void set_place(std::string place) { place_ = std::move(place); }
  void set_slow(std::string policy) { slow_ = std::move(policy); }
  bool is_open() const { return writer_ != nullptr; }

  base::Result<> open_now() {
    auto writer = open(*this);
    if (!writer) return base::fail(writer.error().text);
    writer_ = std::move(*writer);
    opened_ = session().loop().wall();
    encoder_->begin_stream();
    state_ = "writing";
    failed_at_ = 0;
    return {};
  }

  // No file is worth a session that is up.
  base::Result<> open_first() {
    auto ok = open_now();
    if (ok || !session().established()) return ok;
    cannot_open(ok.error().text);
    return {};
  }

  // Ends the present file; the next message opens another.
  void rotate() {
    if (!writer_) return;
    hand_over();
    unblock();
    close_writer();
  }

 private:
  // Of our own, about the session.
  void message(const bgp::MessageView& m) override { put(m); }

  void put(const bgp::MessageView& m) {
    if (!encoder_ready()) return;
    if ((slow_ == "drop" || stalled_) && !writer_->writable()) {
      drop();
      ++gap_;
      return;
    }
    if (gap_ != 0) note_gap();
    if (encoder_->encode(m, out_)) {
      ++messages_;
      ++given_;
      ++unhanded_;
    } else {
      ++unwritten_;
      ++unwritten_of_[pipeline::type_bit(m.type)];
    }
    if (out_.size() >= batch)
      hand_over();
    else
      session().flush_later(*this);
  }

  bool encoder_ready() {
    if (writer_) return true;
    if (unread_) {
      drop();
      return false;
    }
    if (failed_at_ != 0 && session().loop().now() - failed_at_ < (failures_ <= soon ? reopen_soon : reopen_after)) {
      drop();
      return false;
    }
    if (const auto ok = open_now(); !ok) {
      cannot_open(ok.error().text);
      drop();
      return false;
    }
    return true;
  }

  void hand_over() {
    if (!writer_ || out_.empty()) return;
    bytes_ += out_.size();
    base::Buffer full = std::move(out_);
    out_ = writer_->spare();
    writer_->write(std::move(full), std::exchange(unhanded_, 0));
    if (outage_.under_way() && !stalled_ && writer_->kept().records != 0) resumed();
    if (slow_ == "block" && !stalled_ && !writer_->writable()) {
      if (!stall_.active() && session().has_legs()) watch_stall();
      for (const auto d : {bgp::Direction::left, bgp::Direction::right})
        if (d == bgp::Direction::left ? spec().sees_left : spec().sees_right) session().block(d, this);
    }
  }

  void close_writer() {
    stalled_ = false;
    closing_.push_back({std::move(writer_), std::exchange(given_, 0), opened_});
    closing_.back().writer->close([this, w = closing_.back().writer.get()](base::Result<net::WrittenFile> file) {
      pipeline::Session::Run run(session());
      // It is on the stack.
      const auto at = std::ranges::find(closing_, w, [](const Closing& c) { return c.writer.get(); });
      Closing closed = std::move(*at);
      closing_.erase(at);
      written(closed, file);
      session().defer([gone = std::move(closed.writer)] {});
      if (closing_.empty() && finished_) std::exchange(finished_, nullptr)();
    });
  }

  // What a form cannot hold is gone for good.
  void tell_loss() {
    const std::string_view left_out = encoder_->leaves_out();
    std::string text;
    for (std::size_t i = 0; i < unwritten_of_.size(); ++i)
      if (const std::uint64_t n = std::exchange(unwritten_of_[i], 0); n != 0)
        text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + bgp::name(static_cast<bgp::MsgType>(i));
    if (!text.empty()) text = " has no place for " + text + ": not written";
    if (messages_ != 0 && !left_out.empty())
      text += std::string(text.empty() ? " keeps no " : "; it keeps no ").append(left_out);
    if (!text.empty()) base::log::warn(session().name(), identity() + ": " + std::string(format::name(kind_)) + text);
  }

  // A disk that hangs must not hold up two routers for ever.
  void watch_stall() {
    waiting_ = writer_->pending();
    stall_.start(session().max_stall());
  }
  void check_stall() {
    pipeline::Session::Run run(session());
    if (!writer_ || writer_->writable()) return;
    if (writer_->pending() < waiting_) return watch_stall();
    stalled_ = true;
    state_ = "stalled";
    outage_.begin(session().loop().wall());
    unblock();
    session().emit(this, "FAILED", "nothing could be written for as long as max-stall allows: messages are dropped",
                   nullptr, true);
  }

  void unblock() {
    stall_.stop();
    session().unblock(bgp::Direction::left, this);
    session().unblock(bgp::Direction::right, this);
  }

  void note_gap() {
    // A line that readers of JSON take for a comment; binary formats have no place for it.
    if (kind_ == format::Kind::json || kind_ == format::Kind::json7)
      out_.append("# " + std::to_string(gap_) + " messages dropped here\n");
    gap_ = 0;
  }

  void on_writable() override {
    pipeline::Session::Run run(session());
    if (std::exchange(stalled_, false)) {
      state_ = "writing";
      resumed();
    }
    unblock();
  }

  // What became of the file is told when it is closed.
  void on_error(std::string_view) override {
    pipeline::Session::Run run(session());
    state_ = "failed";
    wait_to_open();
    unblock();
    out_.clear();
    unhanded_ = 0;
    close_writer();
  }

  void cannot_open(const std::string& text) {
    state_ = "failed";
    wait_to_open();
    tell_failure(text);
  }

  void wait_to_open() {
    failed_at_ = session().loop().now();
    ++failures_;
    outage_.begin(session().loop().wall());
  }

  void tell_failure(const std::string& text) {
    trouble_ = text;
    if (session().has_legs())
      session().emit(this, "FAILED", text + "; the session goes on without it", nullptr, true);
    else
      session().fail(text, this);
  }

  void drop() {
    ++dropped_;
    outage_.lose(1);
  }

  void resumed() {
    session().emit(this, "RESUMED", "it writes again; " + outage_.told());
    outage_.end();
  }

  bool unread_by_choice(const net::FileWriter& w) {
    if (!reader_may_go() || !w.reader_gone()) return false;
    if (!std::exchange(unread_, true)) session().emit(this, "CLOSED", "nobody reads it any more");
    return true;
  }

  struct Closing {
    std::unique_ptr<net::FileWriter> writer;
    std::uint64_t given = 0;  // messages
    base::Nanos opened = 0;   // wall
  };

  void written(const Closing& closed, const base::Result<net::WrittenFile>& file) {
    const net::Amount kept = file ? file->kept : net::Amount{};
    const std::uint64_t lost = closed.given - kept.records;
    messages_ -= lost;
    dropped_ += lost;
    bytes_ -= closed.writer->taken() - kept.bytes;
    const bool by_choice = unread_by_choice(*closed.writer);
    const bool whole = file && file->failure.empty();
    if (!writer_) state_ = whole || by_choice ? "closed" : "failed";
    if (by_choice) return outage_.end();
    if (whole) return tell_file(closed, *file);
    outage_.begin(session().loop().wall());
    outage_.lose(lost);
    std::string text = file ? file->failure : file.error().text;
    text += ": " + std::to_string(lost) + (lost == 1 ? " message is lost" : " messages are lost");
    if (file && kept.records != 0)
      text += "; " + file->path + " was cut off behind the " + std::to_string(kept.records) + " before, " +
              std::to_string(file->size) + " bytes";
    tell_failure(text);
  }

  void tell_file(const Closing& closed, const net::WrittenFile& file) {
    if (file.path.empty()) return;
    if (outage_.under_way() && closed.opened >= outage_.since()) resumed();
    trouble_.clear();
    ++files_;
    if (!writer_) place_ = file.path;
    const bool other = file.path != file.wanted;
    if (other)
      base::log::warn(session().name(), identity() + ": " + file.wanted + " exists already: " + file.path +
                                            " is written beside it (append adds to it, create refuses)");
    session().emit(this, "FILE",
                   file.path + ", " + std::to_string(file.size) + " bytes" +
                       (other ? ", because " + file.wanted + " exists already" : ""));
  }

  pipeline::TypeMask types_;
  std::string slow_;
  format::Kind kind_;
  std::unique_ptr<format::Encoder> encoder_;
  LegPeers peers_;
  std::unique_ptr<net::FileWriter> writer_;
  std::vector<Closing> closing_;  // ended; what they hold is on its way to the disk
  std::uint64_t given_ = 0;       // messages of the present file
  std::uint64_t unhanded_ = 0;    // of these, not handed to the writer yet
  base::Nanos opened_ = 0;        // wall
  Outage outage_;
  net::Timer stall_;
  std::size_t waiting_ = 0;  // bytes, when the line was last looked at
  bool stalled_ = false;     // dropping until there is room
  std::function<void()> finished_;
  base::Buffer out_;
  std::string state_ = "ready", place_;
  std::string trouble_;  // the last failure, until a file is whole again
  base::Nanos failed_at_ = 0;
  int failures_ = 0;     // in this attempt
  bool unread_ = false;  // nobody reads it any more
  std::uint64_t messages_ = 0, bytes_ = 0, dropped_ = 0, gap_ = 0, files_ = 0;
  std::array<std::uint64_t, pipeline::type_bits> unwritten_of_{};  // by type, not told yet
  std::uint64_t unwritten_ = 0;                                    // messages that its form has no place for
};

// What the name of a file says, its compression apart; nothing where it says something else.
std::optional<format::Kind> kind_by_name(std::string_view path) {
  using enum format::Kind;
  const std::string_view file = net::without_codec(path.substr(path.rfind('/') + 1));
  const auto is = [&](auto... endings) { return (file.ends_with(endings) || ...); };
  if (is(".mrt")) return mrt;
  if (is(".bmp")) return bmp;
  if (is(".exa")) return exa;
  if (is(".obmp")) return obmp;
  if (is(".raw", ".bgp", ".bin")) return raw;
  if (is(".json", ".jsonl", ".txt")) return json;
  if (file.starts_with("updates.") || file.starts_with("rib.") || file.starts_with("bview.")) return mrt;
  const std::string_view ending = file.substr(std::min(file.size(), file.rfind('.') + 1));
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const bool says = file.contains('.') && !ending.contains('$') && std::ranges::any_of(ending, letter);
  return says ? std::nullopt : std::optional(json);
}

format::Kind kind_of(const WriteOptions& o) {
  if (const auto kind = format::parse_kind(o.format)) return *kind;
  return kind_by_name(o.path).value_or(format::Kind::json);
}

class Write final : public FileOutput {
 public:
  Write(pipeline::Session& session, const pipeline::StageSpec& spec)
      : FileOutput(session, spec, spec.as<WriteOptions>(), kind_of(spec.as<WriteOptions>())),
        options_(spec.as<WriteOptions>()),
        turn_(session.loop(), [this] { turn(); }) {}

  base::Result<> prepare() override {
    if (options_.every.nanos > 0) turn_.start(until_turn());
    // What cannot be opened is told at once; a file named by time or peer is opened when there is something to write.
    return has_time(options_.path) || has_peer(options_.path) ? base::Result<>{} : open_first();
  }

  bool reconfigure(const void* options) override {
    options_ = *static_cast<const WriteOptions*>(options);
    set_slow(options_.slow);
    return true;
  }

 private:
  bool reader_may_go() const override { return options_.path == "-"; }
  base::Result<std::unique_ptr<net::FileWriter>> open(net::FileWriter::Handler& handler) override {
    base::Nanos now = session().loop().wall();
    if (options_.every.nanos > 0) now -= now % options_.every.nanos;
    const auto path = expand_path(options_.path, options_.time_format, now, session().peer());
    if (!path) return base::fail(path.error().text);
    net::FileOptions o{.append = options_.append, .create = options_.create};
    net::parse_codec(options_.compress, o.codec);
    set_place(*path);
    return net::FileWriter::open(session().loop(), *path, o, handler);
  }

  base::Nanos until_turn() const {
    const base::Nanos now = session().loop().wall();
    return options_.every.nanos - now % options_.every.nanos + base::millisecond;
  }

  void turn() {
    pipeline::Session::Run run(session());
    rotate();
    turn_.start(until_turn());
  }

  WriteOptions options_;
  net::Timer turn_;
};

class Stdout final : public FileOutput {
 public:
  Stdout(pipeline::Session& session, const pipeline::StageSpec& spec)
      : FileOutput(session, spec, spec.as<StdoutOptions>(),
                   format::parse_kind(spec.as<StdoutOptions>().format).value_or(format::Kind::json)) {}

  base::Result<> prepare() override { return open_now(); }

 private:
  bool reader_may_go() const override { return true; }
  base::Result<std::unique_ptr<net::FileWriter>> open(net::FileWriter::Handler& handler) override {
    set_place("standard output");
    return net::FileWriter::open(session().loop(), "-", {}, handler);
  }
};

constexpr pipeline::EventHelp failed_event{"FAILED", "it cannot be written"};
constexpr pipeline::EventHelp closed_event{"CLOSED", "nobody reads standard output any more"};
constexpr pipeline::EventHelp resumed_event{"RESUMED", "it is written again; how many messages were lost, since when"};
constexpr pipeline::EventHelp write_events[] = {
    failed_event, resumed_event, closed_event, {"FILE", "a file is complete under its own name"}};
constexpr pipeline::EventHelp stdout_events[] = {failed_event, resumed_event, closed_event};

}  // namespace

const pipeline::StageKind write_kind{
    .name = "write",
    .help = "write messages to a file",
    .options = write_table,
    .bidirectional = true,
    .capture_inwards = true,
    .events = write_events,
    .make_options = make_options<WriteOptions>,
    .make = make_stage<Write>,
    .check = [](const void* o) -> base::Result<> {
      const auto& options = *static_cast<const WriteOptions*>(o);
      if (options.every.nanos == 0) return {};
      if (options.every.nanos < base::second) return base::fail("every: is too short: give 1s or more");
      if (!has_time(options.path))
        return base::fail("every: the path needs $TIME, or each file would get the name of the last");
      return {};
    },
    .advise = [](const void* o) -> std::string {
      const auto& options = *static_cast<const WriteOptions*>(o);
      if (options.format != "auto" || kind_by_name(options.path)) return {};
      return "the name " + options.path +
             " says nothing of a format, so JSON is written: give --format mrt, bmp, obmp, exa, raw, bgpdump, or json";
    },
    .check_shared = [](const void* o) -> base::Result<> {
      if (has_peer(static_cast<const WriteOptions*>(o)->path)) return {};
      return base::fail("put $PEER into the path, or all would write the same file");
    },
};

const pipeline::StageKind stdout_kind{
    .name = "stdout",
    .help = "write messages to standard output",
    .options = stdout_table,
    .bidirectional = true,
    .capture_inwards = true,
    .events = stdout_events,
    .make_options = make_options<StdoutOptions>,
    .make = make_stage<Stdout>,
    .check_shared = [](const void*) -> base::Result<> { return base::fail("standard output is for one: use write"); },
};

}  // namespace stages
