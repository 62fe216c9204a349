// The stage behind `exec`: a program of ours gets messages and prints what shall go on. exec.cc is its life and the way
// of messages, exec_failure.cc what happens when the program dies, hangs or takes nothing.
#pragma once

#include <memory>
#include <string>

#include "net/process.hh"
#include "net/timer.hh"
#include "pipe/session.hh"
#include "stages/answer_window.hh"
#include "stages/exec.hh"

namespace stages {

class Exec final : public pipeline::Stage, private net::Process::Handler {
 public:
  Exec(pipeline::Session& session, const pipeline::StageSpec& spec);
  ~Exec() override { process_.reset(); }

  base::Result<> prepare() override;
  base::Result<> begin() override;
  void end() override;
  void finish(std::function<void()> done) override;
  pipeline::Verdict message(pipeline::Message& m) override;
  void run_ended() override { write_out(); }

  void pause(bgp::Direction d) override;
  void resume(bgp::Direction d) override;
  bool reconfigure(const void* options) override;
  void describe(pipeline::StageStatus& s) const override;

 private:
  // What may wait for the script to read, and what is kept of what it has not answered.
  static constexpr std::size_t backlog = 1 << 20, window_bound = 16 << 20;

  class Answers final : public Input {
   public:
    explicit Answers(Exec& exec) : Input(exec, exec.session(), exec.options_), exec_(exec) {}

   private:
    bool admit(const bgp::MessageView& m, bgp::Direction d) override {
      if (exec_.options_.copy) return true;
      if (m.seq == 0) {
        for (AnswerWindow& w : exec_.window_) w.answered_without_number();
        return true;
      }
      if (m.seq <= exec_.stale_[at(d)]) return false;
      exec_.window(d).answered(m.seq, exec_.onward(d));
      return true;
    }
    void entered(const bgp::MessageView& m, bgp::Direction d) override {
      if (m.seq != 0 && !exec_.options_.copy) exec_.window(d).settle(exec_.onward(d));
    }
    const bgp::Context* untold() const override { return exec_.own_context(); }
    Exec& exec_;
  };
  friend class Answers;

  static std::size_t at(bgp::Direction d) { return bgp::index_of(d); }
  AnswerWindow& window(bgp::Direction d) { return window_[at(d)]; }
  AnswerWindow::Release onward(bgp::Direction d) {
    return [this, d](const bgp::MessageView& m) { session().pass_on(*this, d, m); };
  }
  // At an end of the pipeline what it prints goes the other way and answers nothing.
  bool comes_back(bgp::Direction d) const { return d == bgp::Direction::left ? spec().left : spec().right; }
  // How what goes on from here is encoded: as the leg sends that feeds the line, else as the other one takes it.
  const bgp::Context* own_context() const;
  bool usable() const { return process_ && !bypassing_; }
  bool paused() const { return paused_[0] || paused_[1]; }
  bool strict() const { return options_.order == "strict" || (options_.order == "auto" && session().has_legs()); }

  // exec.cc
  base::Result<> spawn();
  // Raw bytes do not tell how they are encoded, so all of them are in the context their answers are read in.
  void encode(const bgp::MessageView& m);
  void give(const bgp::MessageView& m);
  void give_copy(const pipeline::Message& m);
  void write_out();
  void hold_lines();
  void let_lines_go();

  // exec_failure.cc
  void watch();
  void fail(const std::string& why);
  void look_for_life(base::Nanos now);
  void give_up(const std::string& why);
  void release_everything();
  void forget_unanswered();
  void let_go_unanswered();
  void start_again();
  void unreadable(const std::string& why);
  std::size_t on_output(base::Bytes data) override;
  // A program that ends closes these too: then its end tells more.
  void on_input_end() override { lost_its_end("reads no more"); }
  void on_output_end(std::string_view error) override { lost_its_end(error.empty() ? "closed its output" : error); }

  void lost_its_end(std::string_view why);
  void gone_silent();
  void on_error_line(std::string_view line) override;
  void on_writable() override;
  void on_exit(int status, int signal) override;

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
  // Bytes for this script, how many of them it had read when last looked at, and when it last read, printed, or had
  // nothing to read.
  std::uint64_t written_ = 0, read_ = 0;
  base::Nanos alive_at_ = 0;
  bool bypassing_ = false, held_too_long_ = false, dropping_ = false, crowded_ = false, paused_[2] = {};
  std::uint64_t given_ = 0, restarts_ = 0, bypassed_ = 0, dropped_ = 0;
};

}  // namespace stages
