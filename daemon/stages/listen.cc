#include "stages/listen.hh"

#include "net/timer.hh"
#include "pipe/session.hh"
#include "stages/options.hh"

namespace stages {

namespace {

constexpr std::size_t most_of_a_prefix = 1000;
constexpr std::string_view duplicate_policies[] = {"probe", "refuse", "replace"};

constexpr auto table = join(
    std::array{
        conf::option<&ListenOptions::address>("address", "where to listen: [address][:port]",
                                              {.cost = conf::Cost::session,
                                               .value_name = "ADDR",
                                               .argument = true,
                                               .check = +[](const conf::Value& v) -> base::Result<> {
                                                 const auto ok = parse_listen_address(std::get<std::string>(v));
                                                 return ok ? base::Result<>{} : base::fail(ok.error().text);
                                               }}),
        conf::option<&ListenOptions::peer>("peer", "take connections from this address or prefix only",
                                           {.cost = conf::Cost::session,
                                            .value_name = "PREFIX",
                                            .check = +[](const conf::Value& v) -> base::Result<> {
                                              const auto& text = std::get<std::string>(v);
                                              if (text.empty() || base::Prefix::parse(text)) return {};
                                              return base::fail("'" + text +
                                                                "' is not a prefix: give 192.0.2.1 or 192.0.2.0/24");
                                            }}),
        conf::option<&ListenOptions::max_sessions>(
            "max-sessions",
            "peers served at once, each address in a session of its own (0: one, or 1000 where peer is a prefix)",
            {.cost = conf::Cost::session, .min = 0, .max = 100000}),
        conf::option<&ListenOptions::duplicate>(
            "duplicate", "a second connection while the first is up: find out which is alive, or decide",
            {.cost = conf::Cost::live, .choices = duplicate_policies}),
        conf::option<&ListenOptions::timeout>("timeout", "longest wait for a connection (0: for ever)",
                                              {.cost = conf::Cost::live, .min = 0}),
    },
    leg_rows<ListenOptions>());

constexpr pipeline::EventHelp events[] = {{"READY", "a peer has connected"}};

class Listen final : public pipeline::Stage {
 public:
  Listen(pipeline::Session& session, const pipeline::StageSpec& spec)
      : Stage(session, spec),
        options_(spec.as<ListenOptions>()),
        patience_(session.loop(), [this] { nobody_came(); }) {}

  base::Result<> begin() override {
    pipeline::Leg* leg = session().leg(side());
    leg->set_closed_timeout(options_.closed_timeout.nanos);
    leg->set_duplicate_policy(options_.duplicate);
    waiting_ = true;
    wait();
    return {};
  }

  void end() override {
    waiting_ = false;
    patience_.stop();
  }

  // A new timeout counts from now.
  bool reconfigure(const void* options) override {
    const base::Nanos before = options_.timeout.nanos;
    options_ = *static_cast<const ListenOptions*>(options);
    session().leg(side())->set_duplicate_policy(options_.duplicate);
    if (waiting_ && options_.timeout.nanos != before && !session().leg(side())->up()) wait();
    return true;
  }

 private:
  pipeline::Side side() const { return pipeline::other(session().far_side(*this)); }

  void wait() {
    patience_.stop();
    if (options_.timeout.nanos > 0) patience_.start(options_.timeout.nanos);
  }

  void nobody_came() {
    if (!session().leg(side())->up())
      session().dial_failed(side(), "nobody connected within " + conf::value_text(options_.timeout));
  }

  ListenOptions options_;
  net::Timer patience_;
  bool waiting_ = false;  // this attempt has begun
};

base::Result<pipeline::ListenRequest> listen_request(const void* o) {
  const auto& options = *static_cast<const ListenOptions*>(o);
  const auto endpoint = parse_listen_address(options.address);
  if (!endpoint) return base::fail(endpoint.error().text);
  const auto peer = options.peer.empty() ? std::nullopt : base::Prefix::parse(options.peer);
  const bool several = peer && peer->length < peer->address.bits();
  return pipeline::ListenRequest{.endpoint = *endpoint,
                                 .peer = peer,
                                 .md5 = options.md5.value,
                                 .socket = socket_options(options),
                                 .max_sessions = options.max_sessions != 0
                                                     ? static_cast<std::size_t>(options.max_sessions)
                                                 : several ? most_of_a_prefix
                                                           : 1};
}

}  // namespace

const pipeline::StageKind listen_kind{
    .name = "listen",
    .help = "wait for a BGP peer to connect over TCP",
    .options = table,
    .leg = true,
    .producer = true,
    .events = events,
    .make_options = make_options<ListenOptions>,
    .make = make_stage<Listen>,
    .listen = listen_request,
};

}  // namespace stages
