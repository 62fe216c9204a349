#include "net/process.hh"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "base/text.hh"
#include "file_support.hh"
#include "net/worker.hh"

using namespace net;
using base::as_bytes;

namespace {

struct Owner final : Process::Handler {
  explicit Owner(Loop& l) : loop(l) {}
  std::size_t on_output(base::Bytes data) override {
    ++outputs;
    if (destroy_in == "output") process.reset();
    if (pause_at != 0 && taken + data.size() >= pause_at) {
      pause_at = 0;
      process->pause_output();
      loop.stop();
      return 0;
    }
    taken += data.size();
    if (keep) output += base::as_text(data);
    loop.stop();
    return data.size();
  }
  void on_output_end(std::string_view text) override {
    output_end = text;
    if (destroy_in == "output end") process.reset();
    loop.stop();
  }
  void on_error_line(std::string_view line) override {
    ++error_lines;
    errors += std::string(line) + "\n";
    if (destroy_in == "error line") process.reset();
    loop.stop();
  }
  void on_writable() override {
    ++writable;
    if (destroy_in == "writable") process.reset();
    loop.stop();
  }
  void on_input_end() override {
    input_end = true;
    if (destroy_in == "input end") process.reset();
    loop.stop();
  }
  void on_exit(int s, int sig) override {
    status = s;
    signal = sig;
    if (destroy_in == "exit") process.reset();
    loop.stop();
  }

  void run(std::vector<std::string> argv, std::vector<std::pair<std::string, std::string>> environment = {},
           std::size_t max_record = 1 << 20) {
    auto spawned = Process::spawn(loop, {std::move(argv), std::move(environment)}, *this, max_record);
    REQUIRE(spawned);
    process = std::move(*spawned);
  }
  void sh(const std::string& script) { run({"sh", "-c", script}); }
  bool exited() const { return status.has_value(); }
  void wait() {
    CHECK(run_until(loop, [&] { return exited(); }));
  }

  Loop& loop;
  std::unique_ptr<Process> process;
  std::string output, errors, destroy_in;
  std::optional<std::string> output_end;
  std::optional<int> status;
  std::size_t taken = 0, outputs = 0, error_lines = 0, pause_at = 0;
  int signal = 0, writable = 0;
  bool keep = true, input_end = false;
};

bool alive(pid_t pid) { return ::kill(pid, 0) == 0; }
// A killed grandchild is a zombie until init reaps it.
bool running(pid_t pid) {
  const std::string stat = get_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t at = stat.rfind(") ");
  return at != std::string::npos && stat[at + 2] != 'Z' && stat[at + 2] != 'X';
}

std::size_t open_descriptors() {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) n += entry.exists() ? 1 : 1;
  return n;
}

// Runs the loop in small steps until the condition holds, for what no callback tells.
bool soon(Loop& loop, const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) run_for(loop, base::millisecond);
  return condition();
}

}  // namespace

TEST_CASE("process: bytes go through, end of input ends the child, and it is reaped") {
  Loop loop;
  Owner o(loop);
  o.run({"cat"});
  const pid_t pid = o.process->pid();
  std::string sent;
  for (int i = 0; i < 2000; ++i) {
    const std::string a = "message " + std::to_string(i) + " ", b(static_cast<std::size_t>(i), 'x');
    const base::Bytes pieces[] = {as_bytes(a), as_bytes(b), as_bytes("\n")};
    o.process->write(pieces);
    sent += a + b + "\n";
  }
  o.process->close_input();
  o.wait();
  CHECK(o.output == sent);
  CHECK(o.output_end == "");
  CHECK(o.status == 0);
  CHECK(o.signal == 0);
  CHECK_FALSE(alive(pid));
}

TEST_CASE("process: how it ended is told after all it said") {
  Loop loop;
  Owner a(loop);
  a.sh("echo out; echo one >&2; printf two >&2; exit 7");
  a.wait();
  CHECK(a.output == "out\n");
  CHECK(a.errors == "one\ntwo\n");
  CHECK(a.status == 7);
  Owner b(loop);
  b.sh("kill -SEGV $$");
  b.wait();
  CHECK(b.signal == SIGSEGV);
}

TEST_CASE("process: what cannot run says why") {
  const TempDirectory dir;
  Loop loop;
  Owner o(loop);
  const std::size_t before = open_descriptors();
  CHECK(Process::spawn(loop, {{"no-such-program"}, {}}, o).error().text ==
        "cannot run no-such-program: no such file or directory");
  put_file(dir / "plain", "text");
  CHECK(Process::spawn(loop, {{dir / "plain"}, {}}, o).error().text ==
        "cannot run " + (dir / "plain") + ": permission denied");
  CHECK_FALSE(Process::spawn(loop, {}, o));
  CHECK(open_descriptors() == before);
}

TEST_CASE("process: the child has three descriptors, default signals, its own session and our additions") {
  const SignalsBlocked blocked;
  Loop loop;
  const Fd leak(::open("/dev/null", O_RDONLY));  // not CLOEXEC
  Owner list(loop);
  list.run({"ls", "/proc/self/fd"});
  list.wait();
  CHECK(list.output == "0\n1\n2\n3\n");  // 3 is the directory that ls reads
  Owner ids(loop);
  ids.run({"sh", "-c", "echo $(cut -d' ' -f5,6 /proc/$$/stat) $$ $ADDED $HOME"}, {{"ADDED", "more"}, {"HOME", "/no"}});
  ids.wait();
  const std::string pid = std::to_string(ids.process->pid());
  CHECK(ids.output == pid + " " + pid + " " + pid + " more /no\n");
  // A shell blocks signals now and then, sed does not.
  Owner masks(loop);
  masks.run({"sed", "-n", "s/^Sig\\(Blk\\|Ign\\):.//p", "/proc/self/status"});
  masks.wait();
  const auto lines = base::split(masks.output, '\n');
  REQUIRE(lines.size() == 3);
  // The C library keeps 32 and 33 for itself and ignores them in what it spawns.
  constexpr std::uint64_t ours = (std::uint64_t{1} << 31) - 1;
  for (const int i : {0, 1}) CHECK((std::stoull(std::string(lines[i]), nullptr, 16) & ours) == 0);
}

TEST_CASE("process: what systemd tells the daemon alone is not told to the child") {
  REQUIRE(::setenv("NOTIFY_SOCKET", "/run/nobody", 1) == 0);
  REQUIRE(::setenv("BGPIPED_TEST_KEPT", "yes", 1) == 0);
  Loop loop;
  Owner o(loop);
  o.sh("echo \"${NOTIFY_SOCKET-none} $BGPIPED_TEST_KEPT\"");
  o.wait();
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("BGPIPED_TEST_KEPT");
  CHECK(o.output == "none yes\n");
}

TEST_CASE("process: a child that never reads does not hold up its owner") {
  Loop loop;
  Owner o(loop);
  o.sh("exec sleep 1000");
  const std::string big(3'000'000, 'x');
  o.process->write(as_bytes(big));
  CHECK(o.process->pending() > 2'000'000);
  run_for(loop, 10 * base::millisecond);
  CHECK(o.process->pending() > 2'000'000);
  CHECK(loop.now() - o.process->last_progress() >= 5 * base::millisecond);
  o.process->terminate(base::second);
  o.wait();
  CHECK(o.signal == SIGTERM);
}

TEST_CASE("process: pending goes out when the child reads again") {
  Loop loop;
  Owner o(loop);
  o.sh("read line; echo $line; cat | wc -c");
  o.process->write(as_bytes("go\n"));
  CHECK(run_until(loop, [&] { return o.output == "go\n"; }));
  const std::string big(2'000'000, 'x');
  o.process->write(as_bytes(big));
  CHECK(run_until(loop, [&] { return o.writable > 0; }));
  o.process->close_input();
  o.wait();
  CHECK(o.output == "go\n2000000\n");
}

TEST_CASE("process: a child that floods is read in turns, and kept waiting while paused") {
  Loop loop;
  Owner o(loop);
  o.keep = false;
  o.pause_at = 3'000'000;
  o.sh("exec yes");
  CHECK(run_until(loop, [&] { return o.process->output_paused(); }));
  const std::size_t taken = o.taken, outputs = o.outputs;
  run_for(loop, 20 * base::millisecond);
  CHECK(o.outputs == outputs);
  CHECK(o.process->unread().size() <= std::size_t{1} << 20);
  o.process->resume_output();
  CHECK(run_until(loop, [&] { return o.taken > taken + 3'000'000; }));
  o.process->terminate(0);
  o.wait();
  CHECK(o.signal == SIGKILL);
}

TEST_CASE("process: errors that flood are cut and counted") {
  Loop loop;
  Owner o(loop);
  o.sh("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done >&2; head -c 100000 /dev/zero | tr '\\0' y >&2");
  o.wait();
  CHECK(o.error_lines >= LineCutter::most);
  CHECK(o.error_lines < 1000);
  CHECK(o.errors.starts_with("line 0\nline 1\n"));
  CHECK(o.errors.find("more lines left out)") != std::string::npos);

  LineCutter cutter;
  std::vector<std::string> lines;
  const std::string text = std::string(5000, 'a') + "bcd\nshort\nend";
  CHECK(cutter.cut(as_bytes(text).first(4095), 0, lines) == 0);
  CHECK(cutter.cut(as_bytes(text).first(5000), 0, lines) == 5000);
  CHECK(cutter.cut(as_bytes(text).subspan(5000), 0, lines) == 10);
  cutter.end(as_bytes("end"), 0, lines);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == std::string(LineCutter::longest, 'a'));
  CHECK(lines[1] == "short");
  CHECK(lines[2] == "end");
}

TEST_CASE("process: a child that closes one pipe keeps the others") {
  Loop loop;
  Owner o(loop);
  o.sh("exec <&-; echo ready; exec >&-; echo still >&2; sleep 0.05; exit 3");
  CHECK(run_until(loop, [&] { return o.output == "ready\n" && o.output_end.has_value(); }));
  CHECK_FALSE(o.exited());
  o.process->write(as_bytes("lost"));
  CHECK(run_until(loop, [&] { return o.input_end; }));
  CHECK(o.process->pending() == 0);
  o.wait();
  CHECK(o.errors == "still\n");
  CHECK(o.status == 3);
}

TEST_CASE("process: grandchildren that keep the pipes open delay the end by a second and then die") {
  Loop loop;
  Owner o(loop);
  o.sh("sleep 1000 & echo $!; exit 5");
  const base::Nanos start = base::system_clock().mono();
  o.wait();
  const base::Nanos took = base::system_clock().mono() - start;
  CHECK(o.status == 5);
  CHECK_FALSE(o.output_end.has_value());
  CHECK(took >= base::second * 9 / 10);
  CHECK(took < 8 * base::second);
  const int grandchild = std::stoi(o.output);
  CHECK(soon(loop, [&] { return !running(grandchild); }));
}

TEST_CASE("process: paused output is not lost when the child ends") {
  Loop loop;
  Owner o(loop);
  o.pause_at = 1;
  o.sh("echo one; echo two");
  CHECK(run_until(loop, [&] { return o.process->output_paused() && o.process->exited(); }));
  CHECK_FALSE(o.exited());
  o.process->resume_output();
  o.wait();
  CHECK(o.output == "one\ntwo\n");
}

TEST_CASE("process: terminate reaches the group, and kills what does not obey") {
  Loop loop;
  Owner polite(loop), deaf(loop), stopped(loop);
  polite.sh("trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.01; done");
  deaf.sh("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  stopped.sh("trap 'exit 8' TERM; echo ready; while :; do sleep 0.01; done");
  for (Owner* o : {&polite, &deaf, &stopped}) CHECK(run_until(loop, [&] { return o->output == "ready\n"; }));
  ::kill(-stopped.process->pid(), SIGSTOP);
  polite.process->terminate(5 * base::second);
  stopped.process->terminate(5 * base::second);
  deaf.process->terminate(base::second / 10);
  for (Owner* o : {&polite, &deaf, &stopped}) o->wait();
  CHECK(polite.output == "ready\nbye\n");
  CHECK(polite.status == 9);
  CHECK(stopped.status == 8);
  CHECK(deaf.signal == SIGKILL);
}

TEST_CASE("process: destroying it kills the group, reaps the child and leaves no descriptor") {
  Loop loop;
  Owner o(loop);
  const std::size_t before = open_descriptors();
  o.sh("sleep 1000 & echo $!; trap '' TERM; sleep 1000");
  CHECK(run_until(loop, [&] { return o.output.find('\n') != std::string::npos; }));
  const pid_t pid = o.process->pid();
  const int grandchild = std::stoi(o.output);
  o.process.reset();
  CHECK(soon(loop, [&] { return !alive(pid) && !running(grandchild); }));
  CHECK(soon(loop, [&] { return open_descriptors() == before; }));
}

TEST_CASE("process: output that is never used up is an error and not memory") {
  struct Refuser final : Process::Handler {
    explicit Refuser(Loop& l) : loop(l) {}
    std::size_t on_output(base::Bytes) override { return 0; }
    void on_output_end(std::string_view text) override {
      error = text;
      loop.stop();
    }
    void on_error_line(std::string_view) override {}
    void on_exit(int, int) override {}
    Loop& loop;
    std::string error;
  };
  Loop loop;
  Refuser r(loop);
  const auto process = Process::spawn(loop, {{"yes"}, {}}, r, 100'000).value();
  CHECK(run_until(loop, [&] { return !r.error.empty(); }));
  CHECK(r.error == "more than 100000 bytes without an end of record");
}

TEST_CASE("process: its handler may destroy it in any call") {
  for (const std::string call : {"output", "output end", "error line", "writable", "input end", "exit"}) {
    CAPTURE(call);
    Loop loop;
    Owner o(loop);
    o.destroy_in = call;
    o.sh("exec <&-; echo out; echo one >&2; echo two >&2; sleep 0.02");
    if (call == "writable") {
      Owner reader(loop);
      reader.destroy_in = call;
      reader.sh("exec cat > /dev/null");
      const std::string big(2'000'000, 'x');
      reader.process->write(as_bytes(big));
      CHECK(run_until(loop, [&] { return reader.process == nullptr; }));
      continue;
    }
    if (call == "input end") CHECK(run_until(loop, [&] { return o.output == "out\n"; }));
    if (call == "input end") o.process->write(as_bytes("x"));
    CHECK(run_until(loop, [&] { return o.process == nullptr; }));
  }
}

TEST_CASE("process: many at once, on two workers, all come back") {
  struct Batch final : Process::Handler {
    std::size_t on_output(base::Bytes data) override {
      bytes += data.size();
      return data.size();
    }
    void on_error_line(std::string_view) override {}
    void on_exit(int s, int sig) override {
      good += s == 0 && sig == 0 ? 1 : 0;
      process.reset();
      ended->fetch_add(1);
    }
    std::unique_ptr<Process> process;
    std::size_t bytes = 0, good = 0;
    std::atomic<int>* ended = nullptr;
  };
  constexpr int each = 10;
  std::atomic<int> ended = 0;
  std::vector<Batch> first(each), second(each);
  {
    Worker a("test a"), b("test b");
    for (auto& [worker, batch] : {std::pair{&a, &first}, std::pair{&b, &second}}) {
      worker->inbox().post([&ended, loop = &worker->loop(), batch = batch] {
        for (Batch& h : *batch) {
          h.ended = &ended;
          h.process = Process::spawn(*loop, {{"sh", "-c", "echo hello; cat"}, {}}, h).value();
          h.process->write(as_bytes(" world"));
          h.process->close_input();
        }
      });
    }
    const base::Nanos start = base::system_clock().mono();
    while (ended < 2 * each && base::system_clock().mono() - start < 10 * base::second) usleep(1000);
  }
  for (const auto* batch : {&first, &second}) {
    for (const Batch& h : *batch) CHECK((h.good == 1 && h.bytes == 12));
  }
}
