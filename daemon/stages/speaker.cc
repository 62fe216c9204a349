#include "stages/speaker.hh"

#include <algorithm>
#include <random>

#include "base/text.hh"
#include "bgp/notification.hh"
#include "net/timer.hh"
#include "peer/speaker.hh"
#include "pipe/session.hh"
#include "stages/options.hh"

namespace stages {

namespace {

constexpr std::int64_t most_asn = 4294967295;

// "IPV4/UNICAST/RECEIVE": RFC 7911 4.
std::optional<bgp::AddPathEntry> parse_add_path(const std::string& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto family = bgp::parse_family(std::string_view(text).substr(0, slash));
  const std::string mode = base::upper(text.substr(slash + 1));
  const std::uint8_t code = mode == "RECEIVE" ? 1 : mode == "SEND" ? 2 : mode == "BOTH" || mode == "BIDIR" ? 3 : 0;
  if (!family || code == 0) return std::nullopt;
  return bgp::AddPathEntry{*family, code};
}

constexpr conf::Option table[] = {
    conf::option<&SpeakerStageOptions::active>("active", "send the OPEN first", {.cost = conf::Cost::session}),
    conf::option<&SpeakerStageOptions::asn>(
        "asn", "own AS number (default: the peer's)",
        {.cost = conf::Cost::session, .min = 1, .max = most_asn, .value_name = "ASN"}),
    conf::option<&SpeakerStageOptions::id>("id", "own BGP identifier (default: derived from the peer's)",
                                           {.cost = conf::Cost::session,
                                            .value_name = "IPV4",
                                            .check = +[](const conf::Value& v) -> base::Result<> {
                                              const auto a = base::Address::parse(std::get<std::string>(v));
                                              if (a && a->is_v4() && !a->unspecified()) return {};
                                              return base::fail(
                                                  "a BGP identifier is an IPv4 address other than 0.0.0.0 (RFC 6286)");
                                            }}),
    conf::option<&SpeakerStageOptions::hold>(
        "hold", "hold time offered, in seconds (0: none)",
        {.cost = conf::Cost::session, .min = 0, .max = 65535, .value_name = "SECONDS"}),
    conf::option<&SpeakerStageOptions::remote_asn>(
        "remote-asn", "the AS number the peer must have (default: any)",
        {.cost = conf::Cost::session, .min = 1, .max = most_asn, .value_name = "ASN"}),
    conf::option<&SpeakerStageOptions::remote_hold>(
        "remote-hold", "the least hold time the peer may offer, in seconds (0: any)",
        {.cost = conf::Cost::session, .min = 0, .max = 65535, .value_name = "SECONDS"}),
    conf::option<&SpeakerStageOptions::families>("families", "address families offered",
                                                 {.cost = conf::Cost::session, .value_name = "AFI/SAFI"}),
    conf::option<&SpeakerStageOptions::add_path>("add-path",
                                                 "ADD-PATH offered, as AFI/SAFI/RECEIVE, SEND or BOTH (RFC 7911)",
                                                 {.cost = conf::Cost::session, .value_name = "AFI/SAFI/MODE"}),
};

class Speaker final : public pipeline::Stage, private peer::Host {
 public:
  Speaker(pipeline::Session& session, const pipeline::StageSpec& spec)
      : Stage(session, spec),
        options_(spec.as<SpeakerStageOptions>()),
        timer_(session.loop(), [this] { on_timer(); }) {}

  void leg_up(pipeline::Side) override {
    const pipeline::Leg* leg = session().leg(far_side());
    if (leg == nullptr || !leg->up() || speaker_) return;
    start();
  }

  base::Result<> begin() override {
    // Without a leg the other end is a file or a script: it may start at once.
    if (!session().has_legs()) start();
    return {};
  }

  void end() override {
    timer_.stop();
    speaker_.reset();
  }

  pipeline::TypeMask interest() const override { return pipeline::all_types & ~pipeline::bit(bgp::MsgType::report); }

  pipeline::Verdict message(pipeline::Message& m) override {
    if (!speaker_) return pipeline::Verdict::pass;
    if (m.type() == bgp::MsgType::update && m.update_sound())
      speaker_->receive_update(m.update(), m.known_sound());
    else
      speaker_->receive(m.type(), m.wire().subspan(bgp::header_size));
    if (gone_) take_leave();
    return pipeline::Verdict::pass;
  }

  void describe(pipeline::StageStatus& s) const override {
    s.state = speaker_ ? std::string(peer::name(speaker_->state())) : "idle";
    if (!speaker_) return;
    if (const auto& own = speaker_->own()) s.text = "AS" + std::to_string(own->asn) + " " + own->id.text();
    s.counters = {{"hold_time", speaker_->hold_time()}};
  }

 private:
  // The leg it speaks to, wherever it stands.
  pipeline::Side far_side() const { return spec().right ? pipeline::Side::right : pipeline::Side::left; }

  void start() {
    peer::SpeakerOptions o;
    o.active = options_.active;
    if (options_.asn) o.asn = static_cast<bgp::Asn>(*options_.asn);
    if (options_.remote_asn) o.remote_asn = static_cast<bgp::Asn>(*options_.remote_asn);
    if (!options_.id.empty()) o.id = *base::Address::parse(options_.id);
    o.hold = static_cast<std::uint16_t>(options_.hold);
    o.remote_hold = static_cast<std::uint16_t>(options_.remote_hold);
    o.families.clear();
    for (const auto& f : options_.families)
      if (const auto family = bgp::parse_family(f)) o.families.push_back(*family);
    for (const auto& a : options_.add_path)
      if (const auto entry = parse_add_path(a)) o.add_path.push_back(*entry);
    gone_.reset();
    speaker_.emplace(std::move(o), session().loop(), static_cast<peer::Host&>(*this), [] {
      thread_local std::mt19937 generator{std::random_device{}()};
      return static_cast<std::uint32_t>(generator());
    });
    speaker_->start();
    arm();
  }

  // The speaker's deadlines, and once a second what the leg does: whether it is read, when the peer was heard
  // (stages between may drop all it says), and whether it takes bytes.
  void on_timer() {
    pipeline::Session::Run run(session());
    if (!speaker_) return;
    if (const pipeline::Leg* leg = session().leg(far_side())) {
      speaker_->set_reading(leg->reading());
      speaker_->note_heard(leg->last_received());
      speaker_->set_backlog(leg->pending() > 0, leg->last_progress());
    }
    if (speaker_->deadline() <= session().loop().now()) speaker_->on_time();
    if (gone_) {
      take_leave();
      return;
    }
    arm();
  }

  void arm() {
    const base::Nanos now = session().loop().now();
    timer_.start(std::clamp<base::Nanos>(speaker_->deadline() - now, 0, base::second));
  }

  void send(base::Bytes message) override {
    const bgp::Context canonical;
    session().inject(*this, spec().right ? bgp::Direction::right : bgp::Direction::left,
                     {.type = static_cast<bgp::MsgType>(message[18]), .wire = message, .context = &canonical});
  }

  void established() override {}

  void ended(peer::End end) override { gone_ = std::move(end); }

  void take_leave() {
    const peer::End end = std::move(*gone_);
    gone_.reset();
    pipeline::Failure f{.leg = pipeline::name(far_side()), .stage = identity(), .text = end.text};
    if (end.code != 0) {
      const bgp::Notification n{end.code, end.subcode, end.data.view()};
      f.notification = pipeline::NotificationStatus{end.code, end.subcode, bgp::name(end.code, end.subcode),
                                                    std::string(bgp::shutdown_text(n).value_or("")),
                                                    end.cause != peer::EndCause::notification_received};
      if (pipeline::Leg* leg = session().leg(far_side())) leg->note_notification(*f.notification);
    }
    // Behind the NOTIFICATION that is still on its way through the line.
    session().defer([&s = session(), f = std::move(f)]() mutable { s.fail_with(std::move(f)); });
  }

  void route_refresh(bgp::Family family) override {
    session().emit(this, "REFRESH", "the peer asks for " + bgp::name(family) + " again");
  }

  // The line told of them, and did what `errors` says.
  void update_errors(std::span<const bgp::Error>) override {}

  SpeakerStageOptions options_;
  net::Timer timer_;
  std::optional<peer::Speaker> speaker_;
  std::optional<peer::End> gone_;
};

constexpr pipeline::EventHelp events[] = {{"REFRESH", "the peer asked for its routes again (RFC 2918)"}};

}  // namespace

const pipeline::StageKind speaker_kind{
    .name = "speaker",
    .help = "be a BGP end: say OPEN, keep the session alive",
    .options = table,
    .producer = true,
    .answers = true,
    .events = events,
    .make_options = make_options<SpeakerStageOptions>,
    .make = make_stage<Speaker>,
    .check = [](const void* o) -> base::Result<> {
      const auto& options = *static_cast<const SpeakerStageOptions*>(o);
      for (const auto& f : options.families)
        if (!bgp::parse_family(f))
          return base::fail("families: '" + f + "' is not a family: give IPV4/UNICAST, IPV6/UNICAST, …");
      for (const auto& a : options.add_path)
        if (!parse_add_path(a))
          return base::fail("add-path: '" + a + "' is not one: give IPV4/UNICAST/RECEIVE, SEND or BOTH");
      return {};
    },
};

}  // namespace stages
