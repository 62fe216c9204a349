#include "stages/listen.hh"

#include <doctest/doctest.h>

#include "support/session_bench.hh"
#include "support/test_stages.hh"

using namespace support;
using pipeline::State;

namespace {
std::shared_ptr<pipeline::PipelineSpec> listening(base::Nanos timeout) {
  stages::ListenOptions o;
  o.timeout = {timeout};
  auto p = pipeline_of({{.kind = &stages::listen_kind, .options = std::make_shared<stages::ListenOptions>(o)},
                        stage(end_kind, "", {}, "b")});
  p->restart.policy = "never";
  return resolved(std::move(p));
}
}  // namespace

TEST_CASE("listen: a new timeout holds for the call that is waited for") {
  SessionBench b(listening(0));
  b.session->start();
  b.session->apply(listening(10 * base::millisecond));
  CHECK(b.until([&] { return b.state() == State::failed; }));
  CHECK(b.session->status().last_failure->text.starts_with("nobody connected within"));
}

TEST_CASE("listen: a timeout taken away ends the wait for nobody") {
  SessionBench b(listening(50 * base::millisecond));
  b.session->start();
  b.session->apply(listening(0));
  CHECK_FALSE(b.until([&] { return b.state() == State::failed; }, 150 * base::millisecond));
}
