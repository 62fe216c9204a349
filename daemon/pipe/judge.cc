// What a session does with UPDATEs that are not sound, as the setting `errors` says.
#include <algorithm>

#include "bgp/repair.hh"
#include "pipe/session.hh"

namespace pipeline {

namespace {

// The first of the gravest ones.
const bgp::Error& gravest(std::span<const bgp::Error> errors) {
  return *std::ranges::max_element(errors, {}, &bgp::Error::severity);
}

// An attribute that is sound and unwanted is none.
bool is_fault(const bgp::Error& e) { return e.reason != bgp::Reason::unwanted; }

// What is carried out of them by rewriting the message. For an unwanted attribute no class is asked.
std::vector<bgp::Error> to_repair(const std::vector<bgp::Error>& errors, const ErrorPolicy& policy) {
  std::vector<bgp::Error> out;
  std::ranges::copy_if(errors, std::back_inserter(out), [&](const bgp::Error& e) {
    return !is_fault(e) || policy.of(e.severity) == ErrorAction::repair;
  });
  return out;
}

}  // namespace

Judgement Session::judge(Line& line, Message& m, std::size_t entry, std::vector<base::Buffer>* behind) {
  const ErrorPolicy& policy = line.errors();
  if (const Leg* l = leg(source_of(m.direction())); l != nullptr && m.in_read_buffer() && !l->settled()) {
    // The leg that holds it has it judged when the OPENs have crossed.
    if (!line.guards()) return Judgement::go_on;
    leg_update_too_early(*l);
    return Judgement::gone;
  }
  if (!bgp::severity(m.update(), m.context(), policy.rules)) {
    m.set_sound();
    return Judgement::go_on;
  }
  const auto errors = bgp::check(m.update(), m.context(), policy.rules);
  const auto grave = [](const bgp::Error& e) { return e.severity == bgp::Severity::session_reset; };
  const auto resets = [&](const bgp::Error& e) {
    const ErrorAction action = policy.of(e.severity);
    return action == ErrorAction::reset || (action == ErrorAction::repair && grave(e));
  };
  std::vector<bgp::Error> faults;
  std::ranges::copy_if(errors, std::back_inserter(faults), is_fault);
  faults.empty() ? line.count_unwanted() : line.count_malformed();
  if (std::ranges::any_of(faults, resets)) return reset_for(m, faults);
  const auto chosen = to_repair(errors, policy);
  if (!chosen.empty() && std::ranges::none_of(faults, grave)) {
    const Judgement j = repair(line, m, entry, faults, chosen, behind);
    if (j == Judgement::go_on && chosen.size() == errors.size()) m.set_sound();
    return j;
  }
  tell_malformed(m, faults, "relayed");
  if (ending_) return Judgement::gone;
  return bgp::hides_announcements(m.update(), faults) ? Judgement::past_filters : Judgement::go_on;
}

Judgement Session::repair(Line& line, Message& m, std::size_t entry, std::span<const bgp::Error> faults,
                          std::span<const bgp::Error> chosen, std::vector<base::Buffer>* behind) {
  const auto repaired = bgp::repair(m.update(), m.context(), chosen);
  if (!repaired) return Judgement::past_filters;
  if (!faults.empty()) {
    tell_malformed(
        m, faults,
        repaired->routes_withdrawn ? "repaired: its routes are withdrawn" : "repaired: the attribute is discarded");
    if (ending_) return Judgement::gone;
    line.count_repaired();
  }
  const auto& out = repaired->messages;
  if (out.empty()) return Judgement::gone;
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (behind != nullptr) {
      behind->emplace_back(out[i].view());
      continue;
    }
    bgp::MessageView next = m.view();
    next.wire = out[i].view();
    next.seq = 0;
    next.update = nullptr;
    carry_later(line, next, entry);
  }
  m.replace(base::Buffer(out.front().view()));
  return Judgement::go_on;
}

Judgement Session::reset_for(Message& m, std::span<const bgp::Error> errors) {
  const bgp::Error e = gravest(errors);
  Leg* source = m.in_read_buffer() ? leg(source_of(m.direction())) : nullptr;
  // An archive goes on with its next record.
  const bool archive = source == nullptr && !has_legs();
  tell_malformed(m, errors, archive ? "dropped" : "the session is reset", !archive);
  if (ending_ || archive) return Judgement::gone;
  std::string text = "a malformed UPDATE: " + bgp::text(e);
  if (source == nullptr)
    fail(std::move(text));
  else
    leg_error(source->side(), e.code, e.subcode, bgp::notification_data(m.update(), e).view(), std::move(text));
  return Judgement::gone;
}

void Session::cannot_pass(Message& m, const bgp::Error& why) { (void)reset_for(m, {&why, 1}); }

void Session::tell_malformed(const Message& m, std::span<const bgp::Error> errors, std::string_view action,
                             bool decisive) {
  std::uint64_t silent = 0;
  if (!malformed_.may_tell(loop_.now(), silent) && !decisive) return;
  const bgp::Error& e = gravest(errors);
  const auto kept = std::make_shared<Malformed>();
  kept->time = wall_;
  kept->direction = m.direction();
  kept->seq = m.seq();
  if (const Leg* l = leg(source_of(m.direction()))) kept->peer = l->remote_text();
  kept->error = e;
  kept->more = errors.size() - 1;
  kept->action = action;
  kept->context = m.context();
  kept->wire.append(m.wire());
  malformed_.keep(kept);
  changed_ = true;
  std::string text = bgp::text(e);
  if (kept->more != 0) text += ", and " + std::to_string(kept->more) + " more";
  text.append("; ").append(action);
  if (silent != 0) text += "; " + std::to_string(silent) + " others were not told";
  emit(nullptr, "PARSE", std::move(text), &m, true, {}, bgp::notify::cease_subcode::shutdown, decisive);
}

bool Session::external(bgp::Direction d) const {
  const auto& source = legs_[static_cast<std::size_t>(source_of(d))];
  return source && source->received() && source->written() && source->received()->asn != source->written()->asn;
}

}  // namespace pipeline
