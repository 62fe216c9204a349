#include "base/log.hh"
#include "base/text.hh"
#include "stages/exec_stage.hh"

namespace stages {

namespace {
constexpr base::Nanos least_delay = 200 * base::millisecond, most_delay = 60 * base::second,
                      proven_after = 10 * base::second, grace = base::second;
}  // namespace

// Ten times a second: old questions, and a script that takes nothing.
void Exec::watch() {
  pipeline::Session::Run run(session());
  const base::Nanos now = session().loop().now();
  for (const auto d : {bgp::Direction::left, bgp::Direction::right})
    if (window(d).waiting() != 0) window(d).release_older(now - options_.order_timeout.nanos, onward(d));
  if (crowded_ && std::max(window_[0].bytes(), window_[1].bytes()) <= window_bound) {
    crowded_ = false;
    if (usable() && process_->pending() <= backlog) let_lines_go();
  }
  look_for_life(now);
  if (stalled_since_ == 0) return;
  const base::Nanos since = usable() ? std::max(stalled_since_, process_->last_progress()) : stalled_since_;
  if (now - since < session().max_stall()) return;
  const std::string how_long = base::duration_human(now - since);
  if (options_.copy) {
    dropping_ = true;
    let_lines_go();
  } else if (options_.on_failure == "block") {
    // To hold on is what was asked for, and the session sends KEEPALIVEs meanwhile; unless somebody said how long.
    if (session().spec().options.max_stall.nanos > 0 && session().has_legs())
      give_up("held the line for " + how_long + ", as long as max-stall allows");
  } else if (process_) {
    process_->terminate(0);
    fail("takes nothing for " + how_long);
  }
}

// One that hangs while its pipe has room holds up what it was given, though not the line. What it read and does not
// print says nothing: that is how a script drops messages.
void Exec::look_for_life(base::Nanos now) {
  if (state_ != "running" || !process_ || finished_ || options_.copy || !session().has_legs()) return;
  const std::size_t unread = process_->unread_input();
  const std::uint64_t read = written_ - std::min<std::uint64_t>(unread, written_);
  if (unread == 0 || read != read_ || process_->output_paused()) alive_at_ = now;
  read_ = read;
  if (now - alive_at_ < session().max_stall()) return;
  const std::string why = "neither reads nor prints for " + base::duration_human(now - alive_at_);
  if (options_.on_failure == "block") {
    if (session().spec().options.max_stall.nanos > 0) give_up(why + ", as long as max-stall allows");
    return;
  }
  process_->terminate(0);
  fail(why);
}

// Nothing may pass without it and the routers cannot wait for ever: the session ends, and begins with a new script.
void Exec::give_up(const std::string& why) {
  held_too_long_ = true;
  if (process_) process_->terminate(0);
  state_ = "failed";
  text_ = why;
  session().fail(why, this);
}

// The script cannot be used now: the policy decides what the line does meanwhile.
void Exec::fail(const std::string& why) {
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

void Exec::release_everything() {
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
void Exec::forget_unanswered() {
  for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
    window(d).answered(~std::uint64_t{0}, onward(d));
    window(d).settle(onward(d));
  }
  let_lines_go();
}

void Exec::let_go_unanswered() {
  for (const auto d : {bgp::Direction::left, bgp::Direction::right}) {
    bypassed_ += window(d).unanswered();
    (void)window(d).release_all(onward(d));
  }
  let_lines_go();
}

void Exec::start_again() {
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

void Exec::unreadable(const std::string& why) {
  if (state_ != "running") return;
  process_->terminate(0);
  process_->pause_output();
  fail("its output cannot be read: " + why);
}

// In the path it can never answer again, so nothing more is lost to it.
void Exec::lost_its_end(std::string_view why) {
  pipeline::Session::Run run(session());
  if (options_.copy || finished_ || state_ != "running" || silent_.active()) return;
  silent_why_ = why;
  silent_.start(grace);
  hold_lines();
}

void Exec::gone_silent() {
  pipeline::Session::Run run(session());
  if (finished_ || state_ != "running" || !process_) return;
  process_->terminate(0);
  fail(silent_why_);
}

void Exec::on_error_line(std::string_view line) {
  base::log::info(session().name(), identity() + ": " + std::string(line));
}

void Exec::on_writable() {
  pipeline::Session::Run run(session());
  if (!crowded_ && !silent_.active()) let_lines_go();
  dropping_ = false;
}

void Exec::on_exit(int status, int signal) {
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

}  // namespace stages
