#include "stages/read.hh"

#include "base/log.hh"
#include "net/file_reader.hh"
#include "stages/options.hh"

namespace stages {

namespace {

constexpr auto read_table = join(
    std::array{
        conf::option<&ReadOptions::path>("path", "file or http(s):// URL to read, or - for standard input",
                                         {.value_name = "PATH", .argument = true, .required = true}),
        conf::option<&ReadOptions::decompress>(
            "decompress", "compression of the file: gzip, bzip2, zstd, xz, lz4 or none; auto: by content",
            {.value_name = "NAME", .check = check_codec}),
    },
    stream_rows<ReadOptions>(), input_rows<ReadOptions>(), table_rows<ReadOptions>());

constexpr auto stdin_table = join(stream_rows<StdinOptions>(), input_rows<StdinOptions>(), table_rows<StdinOptions>());

// Reads from the beginning each time its start event comes: a session that comes back gets all of it again.
class FileInput : public pipeline::Stage, private net::FileReader::Handler {
 public:
  FileInput(pipeline::Session& session, const pipeline::StageSpec& spec, const InputOptions& options, std::string path,
            net::FileReader::Options how)
      : Stage(session, spec),
        path_(std::move(path)),
        name_(net::is_url(path_) ? net::public_url(path_) : path_),
        how_(how),
        format_(options.format),
        input_(*this, session, options) {}

  pipeline::TypeMask interest() const override { return 0; }

  base::Result<> begin() override {
    const bool is_stdin = spec().kind == &stdin_kind;
    input_.start(format_ == "auto" ? std::nullopt : format::parse_kind(format_),
                 is_stdin ? std::optional(format::Kind::json) : std::nullopt);
    auto reader = net::FileReader::open(session().loop(), path_, how_, *this);
    if (!reader) return base::fail(reader.error().text);
    reader_ = std::move(*reader);
    state_ = "reading";
    if (paused()) reader_->pause();
    return {};
  }

  void end() override {
    reader_.reset();
    if (state_ == "reading") state_ = "stopped";
  }
  void finish(std::function<void()> done) override {
    reader_.reset();
    done();
  }

  void pause(bgp::Direction d) override {
    paused_[bgp::index_of(d)] = true;
    if (reader_) reader_->pause();
  }
  void resume(bgp::Direction d) override {
    paused_[bgp::index_of(d)] = false;
    if (reader_ && !paused() && state_ == "reading") reader_->resume();
  }

  void describe(pipeline::StageStatus& s) const override {
    s.state = state_;
    s.text = name_;
    s.counters = {{"messages", input_.messages()}, {"pardoned", input_.pardoned()}, {"skipped", input_.skipped()}};
  }

 private:
  struct StageInput final : Input {
    using Input::Input;
  };

  bool paused() const { return paused_[0] || paused_[1]; }

  std::size_t on_data(base::Bytes data) override {
    pipeline::Session::Run run(session());
    const auto used = input_.take(data);
    if (used) return *used;
    failed(used.error().text);
    return data.size();
  }

  void on_eof(base::Bytes rest) override {
    pipeline::Session::Run run(session());
    if (state_ != "reading") return;
    if (const auto ok = input_.finish(rest); !ok) {
      failed(ok.error().text);
      return;
    }
    ended();
  }

  void on_error(std::string_view text, base::Bytes rest, bool cut) override {
    pipeline::Session::Run run(session());
    if (state_ != "reading") return;
    if (!input_.break_off(rest, cut)) {
      failed(std::string(text));
      return;
    }
    base::log::warn(session().name(), identity() + ": " + std::string(text) + ": taken for its end");
    ended();
  }

  void ended() {
    state_ = "ended";
    std::string text = std::to_string(input_.messages()) + " messages";
    if (input_.skipped() != 0) text += "; " + std::to_string(input_.skipped()) + " records of other types passed over";
    if (input_.pardoned() != 0) text += "; " + std::to_string(input_.pardoned()) + " pardoned";
    if (input_.skipped() != 0 || input_.pardoned() != 0)
      base::log::warn(session().name(), identity() + ": " + name_ + ": " + text);
    session().emit(this, "EOF", std::move(text));
    session().source_ended(*this);
  }

  void failed(const std::string& text) {
    if (state_ == "failed") return;
    state_ = "failed";
    if (reader_) reader_->pause();
    session().fail(text.starts_with(name_) ? text : name_ + ": " + text, this);
  }

  const std::string path_, name_;
  const net::FileReader::Options how_;
  std::string format_, state_ = "waiting";
  StageInput input_;
  std::unique_ptr<net::FileReader> reader_;
  bool paused_[2] = {};
};

class Read final : public FileInput {
 public:
  Read(pipeline::Session& session, const pipeline::StageSpec& spec)
      : FileInput(session, spec, spec.as<ReadOptions>(), spec.as<ReadOptions>().path, how(spec.as<ReadOptions>())) {}

 private:
  static net::FileReader::Options how(const ReadOptions& o) {
    net::FileReader::Options out;
    net::parse_codec(o.decompress, out.codec);
    return out;
  }
};

class Stdin final : public FileInput {
 public:
  Stdin(pipeline::Session& session, const pipeline::StageSpec& spec)
      : FileInput(session, spec, spec.as<StdinOptions>(), "-", {}) {}
};

constexpr pipeline::EventHelp events[] = {{"EOF", "all of it was read"}};

}  // namespace

const pipeline::StageKind read_kind{
    .name = "read",
    .help = "read messages from a file or URL",
    .options = read_table,
    .producer = true,
    .ends = true,
    .bidirectional = true,
    .events = events,
    .make_options = make_options<ReadOptions>,
    .make = make_stage<Read>,
};

const pipeline::StageKind stdin_kind{
    .name = "stdin",
    .help = "read messages from standard input",
    .options = stdin_table,
    .producer = true,
    .ends = true,
    .bidirectional = true,
    .events = events,
    .make_options = make_options<StdinOptions>,
    .make = make_stage<Stdin>,
    .check_shared = [](const void*) -> base::Result<> { return base::fail("standard input is for one: use read"); },
};

}  // namespace stages
