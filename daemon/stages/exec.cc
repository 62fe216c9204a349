#include "stages/exec.hh"

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "net/process.hh"
#include "net/timer.hh"
#include "stages/answer_window.hh"
#include "stages/options.hh"

namespace stages {

namespace {

using pipeline::Verdict;

// What may wait for the script to read, and what is kept of what it has not answered.
constexpr std::size_t backlog = 1 << 20, window_bound = 16 << 20;
constexpr base::Nanos least_delay = 200 * base::millisecond, most_delay = 30 * base::second,
                      proven_after = 10 * base::second, grace = base::second, finish_patience = 2 * base::second;

constexpr std::string_view policies[] = {"block", "bypass", "reset"};
constexpr std::string_view orders[] = {"auto", "strict", "loose"};
constexpr std::string_view slow_policies[] = {"block", "drop"};

constexpr auto table = join(
    std::array{
        conf::option<&ExecOptions::command>("command", "program and its arguments; no shell",
                                            {.value_name = "COMMAND", .argument = true, .required = true}),
        conf::option<&ExecOptions::copy>("copy", "give it copies and let the messages go on; what it prints is added"),
        conf::option<&ExecOptions::on_failure>("on-failure",
                                               "while it cannot be used: block the line, bypass it, or reset the "
                                               "session; what it had not answered is not lost",
                                               {.cost = conf::Cost::live, .choices = policies}),
        conf::option<&ExecOptions::order>("order",
                                          "strict: messages it does not see wait for its answers to those before; "
                                          "loose: not; auto: strict with a router",
                                          {.cost = conf::Cost::live, .choices = orders}),
        conf::option<&ExecOptions::order_timeout>("order-timeout", "longest such wait",
                                                  {.cost = conf::Cost::live, .min = 0}),
        conf::option<&ExecOptions::slow>(
            "slow", "with --copy, when it reads too slowly: block the line, or drop copies, counted",
            {.cost = conf::Cost::live, .choices = slow_policies}),
    },
    stream_rows<ExecOptions>(), input_rows<ExecOptions>());

constexpr pipeline::EventHelp events[] = {
    {"STARTED", "the script runs"},
    {"FAILED", "the script ended or hangs"},
    {"REFRESH", "the sender was asked for its routes again, because not all could be replayed"},
};

class Exec final : public pipeline::Stage, private net::Process::Handler {
 public:
  Exec(pipeline::Session& session, const pipeline::StageSpec& spec)
      : Stage(session, spec),
        options_(spec.as<ExecOptions>()),
        types_(type_mask(options_)),
        kind_(format::parse_kind(options_.format).value_or(format::Kind::json)),
        encoder_(format::make_encoder(kind_)),
        answers_(*this),
        again_(session.loop(), [this] { start_again(); }),
        watch_(session.loop(), [this] { watch(); }),
        patience_(session.loop(),
                  [this] {
                    if (process_) process_->terminate(grace);
                  }),
        silent_(session.loop(), [this] { gone_silent(); }) {}

  ~Exec() override { process_.reset(); }

  base::Result<> prepare() override {
    if (auto ok = spawn(); !ok) return ok;
    watch_.start(100 * base::millisecond, 100 * base::millisecond);
    return {};
  }

  // A script whose failure ended the attempt runs before the next one brings a message.
  base::Result<> begin() override {
    const bool ended_it = !session().has_legs() || (!options_.copy && options_.on_failure == "reset");
    if (state_ == "running" || !ended_it) return {};
    again_.stop();
    ++restarts_;
    return spawn();
  }

  // Answers that still come belong to a session that is gone.
  void end() override {
    for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
      window(d).clear();
      stale_[at(d)] = asked_[at(d)];
    }
    stalled_since_ = 0;
  }

  void finish(std::function<void()> done) override {
    again_.stop();
    watch_.stop();
    silent_.stop();
    write_out();
    if (state_ != "running" || !process_) {
      let_go_unanswered();
      done();
      return;
    }
    finished_ = std::move(done);
    process_->close_input();
    if (!session().has_legs()) return;  // a batch waits for its script
    // It leaves a session that is up: nothing new may overtake what it still has to answer.
    if (window_[0].unanswered() + window_[1].unanswered() != 0) hold_lines();
    paused_[0] = paused_[1] = false;
    process_->resume_output();
    patience_.start(finish_patience);
  }

  Verdict message(pipeline::Message& m) override {
    const auto d = m.direction();
    const bool urgent =
        (m.type() == bgp::MsgType::keepalive && session().established()) || m.type() == bgp::MsgType::notification;
    const bool wanted = (types_ & pipeline::bit(m.type())) != 0;
    if (options_.copy) {
      if (wanted) give_copy(m);
      return Verdict::pass;
    }
    if (urgent) return Verdict::pass;
    if (!usable() && options_.on_failure != "block") return Verdict::pass;
    if (!wanted) {
      if (!strict() || !window(d).must_wait()) return Verdict::pass;
      window(d).wait_behind(m.view(), session().loop().now());
      if (window(d).bytes() > window_bound) {
        crowded_ = true;
        hold_lines();
      }
      return Verdict::taken;
    }
    asked_[at(d)] = std::max(asked_[at(d)], m.seq());
    if (comes_back(d) || !usable()) window(d).handed_out(m.view(), session().loop().now());
    if (usable()) {
      give(m.view());
    } else {
      hold_lines();
    }
    return Verdict::taken;
  }

  void run_ended() override { write_out(); }

  void pause(bgp::Direction d) override {
    paused_[at(d)] = true;
    if (process_) process_->pause_output();
  }
  void resume(bgp::Direction d) override {
    paused_[at(d)] = false;
    if (process_ && !paused()) process_->resume_output();
  }

  bool reconfigure(const void* options) override {
    options_ = *static_cast<const ExecOptions*>(options);
    return true;
  }

  void describe(pipeline::StageStatus& s) const override {
    s.state = state_;
    s.text = text_;
    s.counters = {{"given", given_},
                  {"answers", answers_.messages()},
                  {"unanswered", window_[0].unanswered() + window_[1].unanswered()},
                  {"restarts", restarts_},
                  {"bypassed", bypassed_},
                  {"dropped", dropped_},
                  {"pardoned", answers_.pardoned()}};
  }

 private:
  class Answers final : public Input {
   public:
    explicit Answers(Exec& exec) : Input(exec, exec.session(), exec.options_), exec_(exec) {}

   private:
    bool admit(const bgp::MessageView& m, bgp::Direction d) override {
      if (m.seq == 0 || exec_.options_.copy) return true;
      if (m.seq <= exec_.stale_[at(d)]) return false;
      exec_.window(d).answered(m.seq, exec_.onward(d));
      return true;
    }
    void entered(const bgp::MessageView& m, bgp::Direction d) override {
      if (m.seq != 0 && !exec_.options_.copy) exec_.window(d).settle(exec_.onward(d));
    }
    Exec& exec_;
  };
  friend class Answers;

  static std::size_t at(bgp::Direction d) { return d == bgp::Direction::left ? 0 : 1; }
  AnswerWindow& window(bgp::Direction d) { return window_[at(d)]; }
  AnswerWindow::Release onward(bgp::Direction d) {
    return [this, d](const bgp::MessageView& m) { session().inject(*this, d, m); };
  }
  // At an end of the pipeline what it prints goes the other way and answers nothing.
  bool comes_back(bgp::Direction d) const { return d == bgp::Direction::left ? spec().left : spec().right; }
  bool usable() const { return process_ && !bypassing_; }
  bool paused() const { return paused_[0] || paused_[1]; }
  bool strict() const { return options_.order == "strict" || (options_.order == "auto" && session().has_legs()); }

  base::Result<> spawn() {
    auto p = net::Process::spawn(
        session().loop(), {.argv = options_.command, .environment = {{"BGPIPE_PIPELINE", session().name()}}}, *this);
    if (!p) return base::fail(p.error().text);
    process_ = std::move(*p);
    answers_.start(kind_);
    started_ = session().loop().now();
    state_ = "running";
    text_ = "pid " + std::to_string(process_->pid());
    bypassing_ = false;
    if (paused()) process_->pause_output();
    session().emit(this, "STARTED", text_);
    return {};
  }

  void give(const bgp::MessageView& m) {
    if (encoder_->encode(m, out_)) ++given_;
    if (out_.size() >= (64 << 10))
      write_out();
    else
      session().flush_later(*this);
  }

  void give_copy(const pipeline::Message& m) {
    if (!usable() || (dropping_ && process_->pending() > 0)) {
      ++dropped_;
      return;
    }
    dropping_ = options_.slow == "drop" && process_->pending() > backlog;
    give(m.view());
  }

  void write_out() {
    if (out_.empty()) return;
    if (process_) process_->write(out_.view());
    out_.clear();
    if (process_ && process_->pending() > backlog && !(options_.copy && options_.slow == "drop")) hold_lines();
  }

  void hold_lines() {
    if (stalled_since_ == 0) stalled_since_ = session().loop().now();
    if (spec().sees_left) session().block(bgp::Direction::left, this);
    if (spec().sees_right) session().block(bgp::Direction::right, this);
  }
  void let_lines_go() {
    stalled_since_ = 0;
    session().unblock(bgp::Direction::left, this);
    session().unblock(bgp::Direction::right, this);
  }

  // Ten times a second: old questions, and a script that takes nothing.
  void watch() {
    pipeline::Session::Run run(session());
    const base::Nanos now = session().loop().now();
    for (const auto d : {bgp::Direction::left, bgp::Direction::right})
      if (window(d).waiting() != 0) window(d).release_older(now - options_.order_timeout.nanos, onward(d));
    if (crowded_ && std::max(window_[0].bytes(), window_[1].bytes()) <= window_bound) {
      crowded_ = false;
      if (usable() && process_->pending() <= backlog) let_lines_go();
    }
    if (stalled_since_ == 0 || now - stalled_since_ < session().max_stall()) return;
    if (options_.copy) {
      dropping_ = true;
      let_lines_go();
    } else if (options_.on_failure != "block" && process_) {
      process_->terminate(0);
      fail("takes nothing for " + base::duration_human(now - stalled_since_));
    }
  }

  // The script cannot be used now: the policy decides what the line does meanwhile.
  void fail(const std::string& why) {
    if (finished_) return;
    state_ = "failed";
    text_ = why;
    session().emit(this, "FAILED", why, nullptr, true);
    if (!session().has_legs()) {
      session().fail(why, this);
      return;
    }
    if (options_.copy) {
      let_lines_go();
    } else if (options_.on_failure == "reset") {
      session().fail(why, this);
    } else if (options_.on_failure == "bypass") {
      bypassing_ = true;
      release_everything();
      let_lines_go();
    } else {
      hold_lines();
    }
    // Failing fast again and again makes the wait longer.
    const bool proven = session().loop().now() - started_ > proven_after;
    delay_ = proven || delay_ == 0 ? least_delay : std::min(delay_ * 2, most_delay);
    again_.start(delay_);
  }

  void release_everything() {
    out_.clear();
    for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
      bypassed_ += window(d).unanswered();
      if (window(d).release_all(onward(d))) continue;
      // Something it had was forgotten, or it never says which message it answers: the routers may differ now.
      if (session().ask_for_routes(d))
        session().emit(this, "REFRESH",
                       "messages of the script cannot be replayed: the sender was asked for its routes again", nullptr,
                       true);
      else
        session().fail("the script failed with messages that cannot be replayed", this);
    }
  }

  // What a script has read to the end and not printed it wanted dropped.
  void forget_unanswered() {
    for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
      window(d).answered(~std::uint64_t{0}, onward(d));
      window(d).settle(onward(d));
    }
    let_lines_go();
  }

  void let_go_unanswered() {
    for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
      bypassed_ += window(d).unanswered();
      (void)window(d).release_all(onward(d));
    }
    let_lines_go();
  }

  void start_again() {
    pipeline::Session::Run run(session());
    process_.reset();
    silent_.stop();
    ++restarts_;
    if (auto ok = spawn(); !ok) {
      fail(ok.error().text);
      return;
    }
    // What its predecessor had not answered.
    if (!options_.copy)
      for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
        window(d).each_unanswered([this](const auto& m) { give(m); });
        if (!comes_back(d)) window(d).clear();
      }
    write_out();
    if (process_->pending() <= backlog) let_lines_go();
  }

  std::size_t on_output(base::Bytes data) override {
    pipeline::Session::Run run(session());
    // What it had not answered has gone on without it.
    if (state_ != "running") return data.size();
    const auto used = answers_.take(data);
    if (used) return *used;
    unreadable(used.error().text);
    return data.size();
  }

  void unreadable(const std::string& why) {
    if (state_ != "running") return;
    process_->terminate(0);
    process_->pause_output();
    fail("its output cannot be read: " + why);
  }

  // A program that ends closes these too: then its end tells more.
  void on_input_end() override { lost_its_end("reads no more"); }
  void on_output_end(std::string_view error) override { lost_its_end(error.empty() ? "closed its output" : error); }

  // In the path it can never answer again, so nothing more is lost to it.
  void lost_its_end(std::string_view why) {
    pipeline::Session::Run run(session());
    if (options_.copy || finished_ || state_ != "running" || silent_.active()) return;
    silent_why_ = why;
    silent_.start(grace);
    hold_lines();
  }
  void gone_silent() {
    pipeline::Session::Run run(session());
    if (finished_ || state_ != "running" || !process_) return;
    process_->terminate(0);
    fail(silent_why_);
  }

  void on_error_line(std::string_view line) override {
    base::log::info(session().name(), identity() + ": " + std::string(line));
  }

  void on_writable() override {
    pipeline::Session::Run run(session());
    let_lines_go();
    dropping_ = false;
  }

  void on_exit(int status, int signal) override {
    pipeline::Session::Run run(session());
    if (state_ == "running" && process_)
      if (const auto ok = answers_.finish(process_->unread()); !ok)
        base::log::warn(session().name(), identity() + ": " + ok.error().text);
    patience_.stop();
    silent_.stop();
    // The process is on the stack.
    session().defer([p = std::shared_ptr<net::Process>(std::move(process_))] {});
    const std::string how =
        signal != 0 ? "was killed by signal " + std::to_string(signal) : "exited with status " + std::to_string(status);
    if (finished_) {
      const bool batch = !session().has_legs(), failed = status != 0 || signal != 0;
      if (batch && (!failed || options_.on_failure != "bypass"))
        forget_unanswered();
      else
        let_go_unanswered();
      state_ = "ended";
      text_ = how;
      if (batch && failed) session().fail(how, this);
      const auto done = std::exchange(finished_, nullptr);
      done();
      return;
    }
    if (state_ == "running") fail(how);
  }

  ExecOptions options_;
  pipeline::TypeMask types_;
  format::Kind kind_;
  std::unique_ptr<format::Encoder> encoder_;
  std::unique_ptr<net::Process> process_;
  Answers answers_;
  AnswerWindow window_[2]{AnswerWindow(window_bound), AnswerWindow(window_bound)};
  net::Timer again_, watch_, patience_, silent_;
  base::Buffer out_;
  std::uint64_t asked_[2] = {}, stale_[2] = {};
  std::function<void()> finished_;
  std::string state_ = "starting", text_, silent_why_;
  base::Nanos started_ = 0, delay_ = 0, stalled_since_ = 0;
  bool bypassing_ = false, dropping_ = false, crowded_ = false, paused_[2] = {};
  std::uint64_t given_ = 0, restarts_ = 0, bypassed_ = 0, dropped_ = 0;
};

}  // namespace

const pipeline::StageKind exec_kind{
    .name = "exec",
    .help = "pass messages through a program",
    .options = table,
    .producer = true,
    .bidirectional = true,
    .capture_inwards = true,
    .events = events,
    .make_options = make_options<ExecOptions>,
    .make = make_stage<Exec>,
    .check = [](const void* o) -> base::Result<> {
      if (static_cast<const ExecOptions*>(o)->format != "auto") return {};
      return base::fail("format: auto is for files: name json, mrt, bmp, obmp, exa or raw");
    },
};

}  // namespace stages
