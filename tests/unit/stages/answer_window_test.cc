#include "stages/answer_window.hh"

#include <doctest/doctest.h>

#include "support/bgp_text.hh"

using namespace support;

namespace {
const bgp::Context canonical;

struct Window {
  stages::AnswerWindow window;
  std::string out;  // numbers released
  std::string wire = announce({"10.0.0.0/8"});

  explicit Window(std::size_t bound = 1 << 20) : window(bound) {}
  bgp::MessageView view(std::uint64_t seq) const {
    return {.seq = seq, .type = bgp::MsgType::update, .wire = base::as_bytes(wire), .context = &canonical};
  }
  stages::AnswerWindow::Release release() {
    return [this](const bgp::MessageView& m) { out += std::to_string(m.seq) + " "; };
  }
  void give(std::uint64_t seq, base::Nanos now = 0) { window.handed_out(view(seq), now); }
  void wait(std::uint64_t seq, base::Nanos now = 0) { window.wait_behind(view(seq), now); }
  void answer(std::uint64_t seq) {
    window.answered(seq, release());
    out += "(" + std::to_string(seq) + ") ";
    window.settle(release());
  }
};
}  // namespace

TEST_CASE("answers: what waits goes on in its place, before and behind the answer") {
  Window w;
  w.give(1);
  w.wait(2);
  w.give(3);
  w.wait(4);
  w.wait(5);
  w.give(6);
  w.wait(7);
  CHECK(w.window.unanswered() == 3);
  CHECK(w.window.waiting() == 4);
  w.answer(1);
  CHECK(w.out == "(1) 2 ");
  w.answer(3);
  CHECK(w.out == "(1) 2 (3) 4 5 ");
  w.answer(6);
  CHECK(w.out == "(1) 2 (3) 4 5 (6) 7 ");
  CHECK_FALSE(w.window.must_wait());
  CHECK(w.window.bytes() == 0);
}

TEST_CASE("answers: one to a later question answers all before it") {
  Window w;
  w.give(1);
  w.wait(2);
  w.give(3);
  w.give(5);
  w.answer(3);
  CHECK(w.out == "2 (3) ");
  CHECK(w.window.unanswered() == 1);
  CHECK(w.window.must_wait());
}

TEST_CASE("answers: a second line with the same number, an old one and one nobody asked change nothing") {
  Window w;
  w.give(5);
  w.wait(6);
  w.answer(4);
  CHECK(w.out == "(4) ");
  w.answer(5);
  w.answer(5);
  w.answer(99);
  CHECK(w.out == "(4) (5) 6 (5) (99) ");
}

TEST_CASE("failure: everything goes on unchanged and in order, and replay is whole when answers came by number") {
  Window w;
  w.give(1);
  w.give(2);
  w.wait(3);
  w.give(4);
  w.answer(1);
  w.out.clear();
  CHECK(w.window.release_all(w.release()));
  CHECK(w.out == "2 3 4 ");
  CHECK(w.window.unanswered() + w.window.waiting() + w.window.bytes() == 0);
}

TEST_CASE("failure: replay is whole when nothing was answered at all") {
  Window w;
  w.give(1);
  CHECK(w.window.release_all(w.release()));
  CHECK(w.out == "1 ");
}

TEST_CASE("failure: replay is not whole when answers never say their number, or when something was forgotten") {
  Window never;
  never.give(1);
  never.window.answered_without_number();
  CHECK_FALSE(never.window.release_all(never.release()));
  CHECK(never.out == "1 ");

  constexpr std::size_t bound = 3 * sizeof(pipeline::Parked);
  Window bounded(bound);
  bounded.give(1);
  bounded.answer(1);
  bounded.out.clear();
  for (std::uint64_t seq = 2; seq < 20; ++seq) bounded.give(seq);
  CHECK(bounded.window.bytes() <= bound);
  CHECK_FALSE(bounded.window.release_all(bounded.release()));
  CHECK(bounded.out.ends_with("18 19 "));
  // And from then on it is whole again.
  bounded.give(30);
  CHECK(bounded.window.release_all(bounded.release()));
}

TEST_CASE("failure: with nothing handed out there is nothing to lose") {
  Window w;
  CHECK(w.window.release_all(w.release()));
}

TEST_CASE("bound: what waits is never forgotten, one question always stays") {
  Window w(10);
  w.give(1);
  CHECK(w.window.unanswered() == 1);
  w.wait(2);
  w.wait(3);
  w.give(4);
  w.window.release_older(100, w.release());
  CHECK(w.out.starts_with("2 3"));
}

TEST_CASE("order time-out: what goes on and comes to wait again does so once") {
  Window w;
  w.give(1, 10);
  w.wait(2, 11);
  w.window.release_older(15, [&](const bgp::MessageView& m) {
    w.out += std::to_string(m.seq) + " ";
    w.wait(m.seq, 30);
  });
  CHECK(w.out == "2 ");
  CHECK(w.window.waiting() == 1);
}

TEST_CASE("order time-out: waiting messages pass old questions, which stay open, but not young ones") {
  Window w;
  w.give(1, 10);
  w.wait(2, 11);
  w.give(3, 20);
  w.wait(4, 21);
  w.window.release_older(15, w.release());
  CHECK(w.out == "2 ");
  CHECK(w.window.unanswered() == 2);
  w.window.release_older(20, w.release());
  CHECK(w.out == "2 4 ");
  CHECK(w.window.oldest() == 10);
  w.answer(3);
  CHECK(w.out == "2 4 (3) ");
  CHECK_FALSE(w.window.must_wait());
}

TEST_CASE("a new one is asked what its predecessor had not answered, and that stays open") {
  Window w;
  w.give(1);
  w.wait(2);
  w.give(3);
  w.window.each_unanswered(w.release());
  CHECK(w.out == "1 3 ");
  CHECK(w.window.unanswered() == 2);
}

TEST_CASE("clear: nothing of an old session is left, not even that numbers were echoed") {
  Window w;
  w.give(1);
  w.answer(1);
  w.give(2);
  w.window.clear();
  CHECK(w.window.unanswered() + w.window.bytes() == 0);
  w.give(3);
  w.window.answered_without_number();
  CHECK_FALSE(w.window.release_all(w.release()));
  w.window.clear();
  w.give(4);
  CHECK(w.window.release_all(w.release()));
}
