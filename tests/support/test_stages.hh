// Stages that only tests know: ends whose connections the test brings, and a stage that does what the test says.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipe/session.hh"

namespace support {

struct ScriptedStage;

// What a scripted stage does; what is not set passes.
struct Script {
  std::function<pipeline::Verdict(ScriptedStage&, pipeline::Message&)> message;
  std::function<base::Result<>()> prepare, begin;
  std::function<void(std::function<void()>)> finish;
  std::function<void(const pipeline::Event&)> event;
  std::function<void(ScriptedStage&)> ready;  // begin, with the stage
  pipeline::TypeMask interest = pipeline::all_types;
  int value = 0, live = 0, session = 0;  // options: of cost stage, live, session
  std::shared_ptr<std::string> log = std::make_shared<std::string>();
};

struct ScriptedStage final : pipeline::Stage {
  ScriptedStage(pipeline::Session& s, const pipeline::StageSpec& spec) : Stage(s, spec), script(spec.as<Script>()) {
    *script.log += "made ";
  }
  ~ScriptedStage() override { *script.log += "gone "; }
  base::Result<> prepare() override { return script.prepare ? script.prepare() : base::Result<>{}; }
  base::Result<> begin() override {
    *script.log += "begin ";
    if (script.ready) script.ready(*this);
    return script.begin ? script.begin() : base::Result<>{};
  }
  void end() override { *script.log += "end "; }
  void finish(std::function<void()> done) override {
    *script.log += "finish ";
    script.finish ? script.finish(std::move(done)) : done();
  }
  pipeline::Verdict message(pipeline::Message& m) override {
    return script.message ? script.message(*this, m) : pipeline::Verdict::pass;
  }
  pipeline::TypeMask interest() const override { return script.interest; }
  bool wants_events() const override { return script.event != nullptr; }
  void event(const pipeline::Event& e) override {
    if (script.event) script.event(e);
  }
  void pause(bgp::Direction) override { *script.log += "pause "; }
  void resume(bgp::Direction) override { *script.log += "resume "; }
  bool reconfigure(const void* options) override {
    script.live = static_cast<const Script*>(options)->live;
    *script.log += "reconfigured ";
    return true;
  }
  void save(base::Buffer& out) const override { out.append("kept"); }
  void restore(base::Bytes in) override { *script.log += "restored(" + std::string(base::as_text(in)) + ") "; }

  pipeline::Session& of() const { return session(); }
  void inject(bgp::Direction d, std::string_view wire) {
    const bgp::Context canonical;
    session().inject(
        *this, d,
        {.type = static_cast<bgp::MsgType>(wire.at(18)), .wire = base::as_bytes(wire), .context = &canonical});
  }
  Script script;
};

struct EndStage final : pipeline::Stage {
  using Stage::Stage;
};

inline constexpr conf::Option script_table[] = {
    conf::option<&Script::value>("value", "a new one costs the stage"),
    conf::option<&Script::live>("live", "a new one costs nothing", {.cost = conf::Cost::live}),
    conf::option<&Script::session>("session", "a new one costs the session", {.cost = conf::Cost::session}),
};

inline constexpr pipeline::EventHelp script_events[] = {
    {"session", "tests raise it", "count"}, {"END", ""}, {"LAST", ""}, {"SEEN", ""}, {"GO", ""}};

inline std::shared_ptr<void> make_script() { return std::make_shared<Script>(); }
template <class T>
std::unique_ptr<pipeline::Stage> make_test_stage(pipeline::Session& s, const pipeline::StageSpec& spec) {
  return std::make_unique<T>(s, spec);
}

inline const pipeline::StageKind end_kind{.name = "end",
                                          .help = "an end",
                                          .leg = true,
                                          .producer = true,
                                          .make_options = make_script,
                                          .make = make_test_stage<EndStage>};
inline const pipeline::StageKind script_kind{.name = "script",
                                             .help = "what the test says",
                                             .options = script_table,
                                             .producer = true,
                                             .bidirectional = true,
                                             .events = script_events,
                                             .make_options = make_script,
                                             .make = make_test_stage<ScriptedStage>};
inline const pipeline::StageKind source_kind{.name = "source",
                                             .help = "comes to an end by itself",
                                             .options = script_table,
                                             .producer = true,
                                             .ends = true,
                                             .bidirectional = true,
                                             .make_options = make_script,
                                             .make = make_test_stage<ScriptedStage>};
inline const pipeline::StageKind observer_kind{.name = "observer",
                                               .help = "only sees",
                                               .options = script_table,
                                               .bidirectional = true,
                                               .capture_inwards = true,
                                               .events = script_events,
                                               .make_options = make_script,
                                               .make = make_test_stage<ScriptedStage>};
inline const pipeline::StageKind answers_kind{.name = "answers",
                                              .help = "as a speaker",
                                              .options = script_table,
                                              .producer = true,
                                              .answers = true,
                                              .make_options = make_script,
                                              .make = make_test_stage<ScriptedStage>};

inline pipeline::StageSpec stage(const pipeline::StageKind& kind, const std::string& direction = "", Script script = {},
                                 const std::string& name = "") {
  pipeline::StageSpec s{.kind = &kind, .options = std::make_shared<Script>(std::move(script))};
  s.common.direction = direction;
  s.common.name = name;
  return s;
}

// Quick to come back, without chance.
inline std::shared_ptr<pipeline::PipelineSpec> pipeline_of(std::vector<pipeline::StageSpec> stages) {
  auto p = std::make_shared<pipeline::PipelineSpec>();
  p->name = "test";
  p->restart.min_delay = {5 * base::millisecond};
  p->restart.max_delay = {40 * base::millisecond};
  p->restart.jitter = 0;
  p->stages = std::move(stages);
  return p;
}
inline std::shared_ptr<pipeline::PipelineSpec> resolved(std::shared_ptr<pipeline::PipelineSpec> p) {
  conf::Problems problems;
  const bool ok = pipeline::resolve(*p, problems);
  INFO(problems.text());
  REQUIRE(ok);
  return p;
}
// A proxy: an end, these stages, an end.
inline std::shared_ptr<pipeline::PipelineSpec> proxy(std::vector<pipeline::StageSpec> middle = {}) {
  middle.insert(middle.begin(), stage(end_kind, "", {}, "a"));
  middle.push_back(stage(end_kind, "", {}, "b"));
  return pipeline_of(std::move(middle));
}

}  // namespace support
