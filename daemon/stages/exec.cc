#include "stages/exec.hh"

#include <algorithm>

#include "bgp/transcode.hh"
#include "net/spawn.hh"
#include "stages/exec_stage.hh"
#include "stages/options.hh"

namespace stages {

namespace {

using pipeline::Verdict;

constexpr base::Nanos grace = base::second, finish_patience = 2 * base::second;

constexpr std::string_view policies[] = {"block", "bypass", "reset"};
constexpr std::string_view orders[] = {"auto", "strict", "loose"};
constexpr std::string_view slow_policies[] = {"block", "drop"};

constexpr auto table = join(
    std::array{
        conf::option<&ExecOptions::command>("command", "program and its arguments; no shell",
                                            {.value_name = "COMMAND", .argument = true, .required = true}),
        conf::option<&ExecOptions::copy>("copy", "give it copies and let the messages go on; what it prints is added"),
        conf::option<&ExecOptions::on_failure>("on-failure",
                                               "while it cannot be used: block the line, for as long as the pipeline's "
                                               "max-stall if that is set; bypass it; or "
                                               "reset the session; what it had not answered is not lost. With block "
                                               "and reset no session begins while it cannot be started. A script that "
                                               "for max-stall neither reads what waits for it nor prints anything "
                                               "hangs; what it has read and never prints it wants dropped. "
                                               "It is started again after 200 ms, after twice as long each time it "
                                               "fails again, at most 1 minute, and after 200 ms again once it has "
                                               "lived for 10 s",
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
}  // namespace

Exec::Exec(pipeline::Session& session, const pipeline::StageSpec& spec)
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

base::Result<> Exec::prepare() {
  if (auto ok = spawn(); !ok) {
    // One that cannot be started is bypassed as one that died, and tried again.
    if (!session().has_legs() || !(options_.copy || options_.on_failure == "bypass")) return ok;
    state_ = "failed";
    text_ = ok.error().text;
    bypassing_ = true;
    again_.start(0);
  }
  watch_.start(100 * base::millisecond, 100 * base::millisecond);
  return {};
}

// A script whose failure ended the attempt runs before the next one brings a message.
base::Result<> Exec::begin() {
  const bool ended_it = !session().has_legs() || (!options_.copy && options_.on_failure == "reset") ||
                        std::exchange(held_too_long_, false);
  if (state_ == "running" || !ended_it) return {};
  again_.stop();
  ++restarts_;
  return spawn();
}

// Answers that still come belong to a session that is gone.
void Exec::end() {
  for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
    window(d).clear();
    stale_[at(d)] = asked_[at(d)];
  }
  stalled_since_ = 0;
}

void Exec::finish(std::function<void()> done) {
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

Verdict Exec::message(pipeline::Message& m) {
  const auto d = m.direction();
  const bool urgent =
      (m.type() == bgp::MsgType::keepalive && session().established()) || m.type() == bgp::MsgType::notification;
  const bool wanted = (types_ & pipeline::bit(m.type())) != 0;
  if (options_.copy) {
    if (wanted) give_copy(m);
    return Verdict::pass;
  }
  if (urgent) return Verdict::pass;
  if (!usable() && options_.on_failure != "block") {
    bypassed_ += wanted;
    return Verdict::pass;
  }
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

const bgp::Context* Exec::own_context() const {
  const pipeline::Side source = pipeline::source_of(session().inject_direction(*this, bgp::Direction::none));
  if (const pipeline::Leg* from = session().leg(source)) return from->context().in;
  if (const pipeline::Leg* to = session().leg(pipeline::other(source))) return to->context().out;
  return nullptr;
}

void Exec::encode(const bgp::MessageView& m) {
  if (kind_ == format::Kind::raw && m.type == bgp::MsgType::update) {
    const bgp::Context* const own = own_context();
    // What cannot be understood goes out as it is.
    if (own != nullptr && !(*own == *m.context))
      if (const auto same = bgp::transcode(m.wire, *m.context, *own)) {
        bgp::MessageView part = m;
        part.context = own;
        part.update = nullptr;
        for (const base::Buffer& wire : same->messages) {
          part.wire = wire;
          encoder_->encode(part, out_);
        }
        ++given_;
        return;
      }
  }
  if (encoder_->encode(m, out_)) ++given_;
}

void Exec::give(const bgp::MessageView& m) {
  encode(m);
  if (out_.size() >= (64 << 10))
    write_out();
  else
    session().flush_later(*this);
}

void Exec::give_copy(const pipeline::Message& m) {
  if (!usable() || (dropping_ && process_->pending() > 0)) {
    ++dropped_;
    return;
  }
  dropping_ = options_.slow == "drop" && process_->pending() > backlog;
  give(m.view());
}

void Exec::write_out() {
  if (out_.empty()) return;
  written_ += out_.size();
  if (process_) process_->write(out_.view());
  out_.clear();
  if (process_ && process_->pending() > backlog && !(options_.copy && options_.slow == "drop")) hold_lines();
}

void Exec::hold_lines() {
  if (stalled_since_ == 0) stalled_since_ = session().loop().now();
  if (spec().sees_left) session().block(bgp::Direction::left, this);
  if (spec().sees_right) session().block(bgp::Direction::right, this);
}

void Exec::let_lines_go() {
  stalled_since_ = 0;
  session().unblock(bgp::Direction::left, this);
  session().unblock(bgp::Direction::right, this);
}

void Exec::pause(bgp::Direction d) {
  paused_[at(d)] = true;
  if (process_) process_->pause_output();
}

void Exec::resume(bgp::Direction d) {
  paused_[at(d)] = false;
  if (process_ && !paused()) process_->resume_output();
}

bool Exec::reconfigure(const void* options) {
  options_ = *static_cast<const ExecOptions*>(options);
  return true;
}

void Exec::describe(pipeline::StageStatus& s) const {
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

base::Result<> Exec::spawn() {
  started_ = alive_at_ = session().loop().now();
  auto p = net::Process::spawn(
      session().loop(), {.argv = options_.command, .environment = {{"BGPIPE_PIPELINE", session().name()}}}, *this);
  if (!p) return base::fail(p.error().text);
  process_ = std::move(*p);
  answers_.start(kind_);
  written_ = read_ = 0;
  state_ = "running";
  text_ = "pid " + std::to_string(process_->pid());
  bypassing_ = false;
  if (paused()) process_->pause_output();
  session().emit(this, "STARTED", text_);
  return {};
}

std::size_t Exec::on_output(base::Bytes data) {
  pipeline::Session::Run run(session());
  // What it had not answered has gone on without it.
  if (state_ != "running") return data.size();
  alive_at_ = session().loop().now();
  const auto used = answers_.take(data);
  if (used) return *used;
  unreadable(used.error().text);
  return data.size();
}

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
    .advise = [](const void* o) -> std::string {
      const auto& command = static_cast<const ExecOptions*>(o)->command;
      if (command.empty()) return {};
      const auto ok = net::find_program(command.front());
      return ok ? "" : ok.error().text + ": it must be there, and executable, when the session begins";
    },
};

}  // namespace stages
