#include "super/plan.hh"

#include <algorithm>

namespace super {

const char* name(Action a) {
  switch (a) {
    case Action::unchanged: return "unchanged";
    case Action::updated: return "updated";
    case Action::restarted: return "restarted";
    case Action::added: return "added";
    case Action::removed: return "removed";
  }
  return "";
}

namespace {

std::string difference(const conf::Option& o, const void* was, const void* now) {
  const auto text = [&](const void* object) {
    const std::string t = conf::value_text(o.get(object));
    return t.empty() ? std::string("nothing") : t;
  };
  return std::string(o.name) + " " + text(was) + " -> " + text(now);
}

class Comparison {
 public:
  void note(conf::Cost cost, std::string what) {
    worst_ = std::max(worst_, cost);
    changed_ = true;
    if (!why_.empty()) why_ += "; ";
    why_ += what;
  }
  // Whether there is a difference.
  bool options(const std::string& where, conf::OptionTable table, const void* a, const void* b) {
    const auto found = conf::differences(table, a, b);
    for (const conf::Option* o : found) note(o->cost, where + difference(*o, a, b));
    return !found.empty();
  }
  bool in_place() const { return changed_ && worst_ != conf::Cost::session; }
  void add(std::string_view remark) { why_ += remark; }
  PlanEntry entry(const std::string& name) && {
    const Action a = !changed_                       ? Action::unchanged
                     : worst_ == conf::Cost::session ? Action::restarted
                                                     : Action::updated;
    return {name, a, std::move(why_)};
  }

 private:
  conf::Cost worst_ = conf::Cost::live;
  bool changed_ = false;
  std::string why_;
};

bool same_rules(const std::vector<pipeline::KillRule>& a, const std::vector<pipeline::KillRule>& b) {
  return std::ranges::equal(a, b,
                            [](const auto& x, const auto& y) { return x.event == y.event && x.retry == y.retry; });
}

}  // namespace

PlanEntry compare(const pipeline::PipelineSpec& was, const pipeline::PipelineSpec& now) {
  Comparison c;
  c.options("", pipeline::pipeline_options(), &was.options, &now.options);
  c.options("restart: ", pipeline::restart_options(), &was.restart, &now.restart);
  c.options("errors: ", pipeline::error_options(), &was.errors, &now.errors);
  if (!same_rules(was.kill, now.kill)) c.note(conf::Cost::live, "kill rules differ");
  bool filters = false;
  for (const auto& s : now.stages) {
    const auto* before = was.find(s.identity);
    if (before == nullptr || before->kind != s.kind) {
      c.note(s.kind->leg || s.kind->answers ? conf::Cost::session : conf::Cost::stage,
             "stage " + s.identity + " added");
      continue;
    }
    if (c.options(s.identity + ": ", s.kind->options, before->options.get(), s.options.get()) && s.kind->in_path)
      filters = true;
    c.options(s.identity + ": ", pipeline::common_options(), &before->common, &s.common);
    // An end of the pipeline cannot turn round under a session.
    if ((before->left != s.left || before->right != s.right) && before->common.direction == s.common.direction)
      c.note(s.kind->leg || s.kind->answers ? conf::Cost::session : conf::Cost::stage,
             s.identity + " works in another direction");
  }
  for (const auto& s : was.stages) {
    const auto* after = now.find(s.identity);
    if (after == nullptr || after->kind != s.kind)
      c.note(s.kind->leg || s.kind->answers ? conf::Cost::session : conf::Cost::stage,
             "stage " + s.identity + " removed");
  }
  const auto order = [](const pipeline::PipelineSpec& p, const pipeline::PipelineSpec& q) {
    std::vector<std::string> out;
    for (const auto& s : p.stages)
      if (q.find(s.identity) != nullptr) out.push_back(s.identity);
    return out;
  };
  if (order(was, now) != order(now, was)) c.note(conf::Cost::stage, "stages stand in another order");
  if (filters && c.in_place())
    c.add(
        "; routes that came before are not judged again: let the router behind it ask for them (ROUTE-REFRESH, a soft "
        "reset inbound), or restart the pipeline");
  return std::move(c).entry(now.name);
}

std::vector<std::string> needs_restart(const Config& started, const Config& wanted) {
  std::vector<std::string> out;
  const auto differs = [&](std::string_view where, conf::OptionTable table, const void* was, const void* now) {
    for (const conf::Option* o : conf::differences(table, was, now))
      out.push_back(std::string(where) + difference(*o, was, now) + ": takes effect when the daemon is restarted");
  };
  differs("", daemon_options(), &started.daemon, &wanted.daemon);
  differs("control: ", control_options(), &started.control, &wanted.control);
  return out;
}

std::vector<PlanEntry> plan(const Config& running, const Config& wanted) {
  const auto find = [](const Config& c, const std::string& name) -> const pipeline::PipelineSpec* {
    const auto at = std::ranges::find_if(c.pipelines, [&](const auto& p) { return p->name == name; });
    return at == c.pipelines.end() ? nullptr : at->get();
  };
  std::vector<PlanEntry> out;
  for (const auto& p : wanted.pipelines) {
    const auto* before = find(running, p->name);
    out.push_back(before == nullptr ? PlanEntry{p->name, Action::added, "new in the configuration"}
                                    : compare(*before, *p));
  }
  for (const auto& p : running.pipelines)
    if (find(wanted, p->name) == nullptr) out.push_back({p->name, Action::removed, "no longer in the configuration"});
  return out;
}

}  // namespace super
