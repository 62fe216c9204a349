#include "pipe/spec.hh"

#include <algorithm>
#include <map>

#include "base/text.hh"
#include "pipe/known_events.hh"

namespace pipeline {

namespace {
constexpr std::string_view directions[] = {"L", "R", "LR"};
constexpr std::string_view policies[] = {"always", "on-failure", "never"};
constexpr std::string_view end_modes[] = {"cease", "close", "abort"};
constexpr std::string_view shutdown_modes[] = {"auto", "cease", "close", "abort"};

constexpr conf::Option common_table[] = {
    conf::option<&CommonOptions::name>("name", "what status, events and the plan of a reload call the stage",
                                       {.value_name = "NAME"}),
    conf::option<&CommonOptions::direction>("direction", "direction it works in (default: by its place)",
                                            {.choices = directions, .value_name = "L|R|LR"}),
    conf::option<&CommonOptions::wait>("wait", "start when one of these events comes",
                                       {.letter = 'W', .value_name = "EVENTS"}),
    conf::option<&CommonOptions::inject>(
        "new", "where its own messages enter: next, first, last, or behind a stage of this name",
        {.letter = 'N', .value_name = "PLACE"}),
};

constexpr conf::Option restart_table[] = {
    conf::option<&RestartOptions::policy>("policy",
                                          "when to try again after the session ended; always: also when a pipeline "
                                          "without legs has read all there was",
                                          {.cost = conf::Cost::live, .choices = policies}),
    conf::option<&RestartOptions::min_delay>("min-delay", "wait before the first new try",
                                             {.cost = conf::Cost::live, .min = 0}),
    conf::option<&RestartOptions::max_delay>("max-delay", "longest wait; it doubles from try to try",
                                             {.cost = conf::Cost::live, .min = 0}),
    conf::option<&RestartOptions::reset_after>("reset-after",
                                               "established for so long, the wait starts again at min-delay",
                                               {.cost = conf::Cost::live, .min = 0}),
    conf::option<&RestartOptions::jitter>("jitter", "share of the wait added at random",
                                          {.cost = conf::Cost::live, .min = 0, .max = 1}),
};

constexpr conf::Option pipeline_table[] = {
    conf::option<&PipelineOptions::stop>("stop", "how its legs are closed when an operator stops it",
                                         {.cost = conf::Cost::live, .choices = end_modes}),
    conf::option<&PipelineOptions::shutdown>(
        "shutdown", "how its legs are closed when the daemon ends; auto: cease with a speaker, else close",
        {.cost = conf::Cost::live, .choices = shutdown_modes}),
    conf::option<&PipelineOptions::max_stall>("max-stall",
                                              "longest a stage may hold up a line (default: a third of the hold time, "
                                              "at least 10s, but no limit for on-failure: block, which "
                                              "resets the session when this is set and over)",
                                              {.cost = conf::Cost::live, .min = 0}),
};
}  // namespace

conf::OptionTable common_options() { return common_table; }
conf::OptionTable restart_options() { return restart_table; }
conf::OptionTable pipeline_options() { return pipeline_table; }

std::optional<EndMode> parse_end_mode(std::string_view text) {
  if (text == "cease") return EndMode::cease;
  if (text == "close") return EndMode::close;
  if (text == "abort") return EndMode::abort;
  return std::nullopt;
}

std::span<const StageSpec> PipelineSpec::own_stages() const {
  const auto n = std::ranges::find_if(stages, &StageSpec::automatic) - stages.begin();
  return std::span(stages).first(static_cast<std::size_t>(n));
}

bool PipelineSpec::has_kind(std::string_view kind) const {
  return std::ranges::any_of(stages, [&](const StageSpec& s) { return s.kind->name == kind; });
}

const StageSpec* PipelineSpec::find(std::string_view identity) const {
  const auto at = std::ranges::find(stages, identity, &StageSpec::identity);
  return at == stages.end() ? nullptr : &*at;
}

namespace {
void give_identities(PipelineSpec& p, conf::Problems& problems) {
  std::map<std::string, int, std::less<>> unnamed, taken;
  for (StageSpec& s : p.stages) {
    const std::string kind(s.kind->name);
    if (!s.common.name.empty()) {
      s.identity = s.common.name;
    } else {
      const int n = ++unnamed[kind];
      s.identity = n == 1 ? kind : kind + "." + std::to_string(n);
      if (n == 2 && s.mark.source)
        problems.warn(s.mark, "two stages of kind " + kind +
                                  " without a name: give them names, so that a reload can tell them apart");
    }
    if (++taken[s.identity] > 1) problems.add(s.mark, "a second stage named '" + s.identity + "': names must differ");
  }
}

// Where neither L nor R is given: the last stage, if it produces, works to the left; so does the first, if it does not.
void give_directions(PipelineSpec& p, conf::Problems& problems) {
  const std::size_t n = p.own_stages().size();
  for (std::size_t i = 0; i < p.stages.size(); ++i) {
    StageSpec& s = p.stages[i];
    const bool first = i == 0, last = i + 1 == n;
    const std::string& asked = s.common.direction;
    const bool to_left =
        asked.empty() ? (last && s.kind->producer) || (first && !s.kind->producer) : asked.contains('L');
    const bool to_right = asked.empty() ? !to_left : asked.contains('R');
    if (to_left && to_right && !s.kind->bidirectional)
      problems.add(s.mark, s.identity + " works in one direction: give L or R");
    s.left = to_left;
    s.right = to_right;
    s.sees_left = to_left;
    s.sees_right = to_right;
    // A stage at an end of the pipeline gets what arrives there.
    if (s.kind->capture_inwards && last && !s.automatic && n > 1) s.sees_left = false, s.sees_right = true;
    if (s.kind->capture_inwards && first && !s.automatic && n > 1) s.sees_left = true, s.sees_right = false;
    // What a speaker reacts to comes the other way.
    if (s.kind->answers) s.sees_left = s.right, s.sees_right = s.left;
    if (s.kind->leg) s.sees_left = s.sees_right = false;
  }
}

// What waits for an event that nobody here raises would never be seen to be wrong. A template may have a rule for a
// stage that not each of its pipelines has.
void check_events(const PipelineSpec& p, conf::Problems& problems, const Registry* registry) {
  const std::vector<Event> here = known_events(p);
  const std::vector<Event> anywhere = registry != nullptr ? known_events(*registry) : std::vector<Event>();
  const auto check = [&](const conf::Mark& mark, const std::string& option, const std::string& event) {
    const auto ok = check_event(event, here);
    if (ok) return;
    if (check_event(event, anywhere))
      problems.warn(mark, option + "no stage of pipeline " + p.name + " raises " + event + ", so it never comes");
    else
      problems.add(mark, option + "pipeline " + p.name + ": " + ok.error().text);
  };
  for (const KillRule& k : p.kill) check(k.mark, "kill: ", k.event);
  for (const StageSpec& s : p.stages)
    for (const std::string& event : s.common.wait) check(s.mark, s.identity + ": wait: ", event);
}

// One session for each peer that calls: that needs an end at which they call, and stages that can stand side by side.
void check_many(PipelineSpec& p, conf::Problems& problems) {
  const StageSpec* listens = nullptr;
  p.max_sessions = 1;
  for (const StageSpec& s : p.own_stages()) {
    if (s.kind->listen == nullptr) continue;
    const auto request = s.kind->listen(s.options.get());
    if (!request) return;
    p.max_sessions = std::max(p.max_sessions, request->max_sessions);
    if (std::exchange(listens, &s) != nullptr && p.serves_many())
      problems.add(s.mark, "both ends listen, so nobody can tell which two peers belong together: give " + s.identity +
                               " and the other end 'max-sessions: 1', or a 'peer' that is one address");
  }
  if (!p.serves_many()) return;
  for (const StageSpec& s : p.stages)
    if (s.kind->check_shared != nullptr)
      if (const auto ok = s.kind->check_shared(s.options.get()); !ok)
        problems.add(s.mark, s.identity + ": each peer has a session of its own here: " + ok.error().text +
                                 ", or give " + listens->identity + " 'max-sessions: 1'");
}
}  // namespace

bool resolve(PipelineSpec& p, conf::Problems& problems, const Registry* registry) {
  const std::size_t before = problems.errors();
  if (p.stages.empty()) problems.add(p.mark, "pipeline " + p.name + " has no stages: give at least one");
  give_identities(p, problems);
  give_directions(p, problems);
  for (std::size_t i = 0; i < p.stages.size(); ++i) {
    const StageSpec& s = p.stages[i];
    if (s.kind->leg && i != 0 && i + 1 != p.own_stages().size())
      problems.add(s.mark, s.identity + " is an end of the pipeline: put it first or last");
    if (s.kind->check != nullptr)
      if (const auto ok = s.kind->check(s.options.get()); !ok)
        problems.add(s.mark, s.identity + ": " + ok.error().text);
    if (s.kind->advise != nullptr)
      if (const auto advice = s.kind->advise(s.options.get()); !advice.empty())
        problems.warn(s.mark, s.identity + ": " + advice);
    const std::string& where = s.common.inject;
    if (!where.empty() && where != "next" && where != "here" && where != "first" && where != "last" &&
        p.find(where) == nullptr)
      problems.add(s.mark, "new: no stage is named '" + where + "': give next, first, last or the name of a stage");
  }
  if (problems.errors() == before) check_many(p, problems);
  check_events(p, problems, registry);
  return problems.errors() == before;
}

Stage::Stage(Session& session, const StageSpec& spec)
    : session_(session), identity_(spec.identity), spec_(std::make_shared<const StageSpec>(spec)) {}

}  // namespace pipeline
