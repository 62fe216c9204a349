#include "stages/connect.hh"

#include <algorithm>

#include "net/dial.hh"
#include "net/timer.hh"
#include "pipe/session.hh"
#include "stages/options.hh"

namespace stages {

namespace {

constexpr auto table = join(
    std::array{
        conf::option<&ConnectOptions::address>("address", "the peer: address or host name, port 179 if none is given",
                                               {.cost = conf::Cost::session,
                                                .value_name = "ADDR",
                                                .argument = true,
                                                .required = true,
                                                .check = +[](const conf::Value& v) -> base::Result<> {
                                                  const auto ok = parse_host_port(std::get<std::string>(v));
                                                  return ok ? base::Result<>{} : base::fail(ok.error().text);
                                                }}),
        conf::option<&ConnectOptions::bind>("bind", "local address, or address and port",
                                            {.cost = conf::Cost::session, .value_name = "ADDR"}),
        conf::option<&ConnectOptions::timeout>("timeout", "longest wait for the connection (0: the system's)",
                                               {.cost = conf::Cost::live, .min = 0}),
        conf::option<&ConnectOptions::retry>("retry", "dial again after a failure, without ending the session",
                                             {.cost = conf::Cost::live}),
        conf::option<&ConnectOptions::retry_max>("retry-max", "most new dials in a row (0: no limit)",
                                                 {.cost = conf::Cost::live, .min = 0}),
        conf::option<&ConnectOptions::no_ipv6>("no-ipv6", "use IPv4 addresses only", {.cost = conf::Cost::session}),
    },
    leg_rows<ConnectOptions>());

constexpr pipeline::EventHelp events[] = {{"READY", "the connection stands"},
                                          {"RETRY", "it failed and is tried again"}};

class Connect final : public pipeline::Stage {
 public:
  Connect(pipeline::Session& session, const pipeline::StageSpec& spec)
      : Stage(session, spec), options_(spec.as<ConnectOptions>()), again_(session.loop(), [this] { dial(); }) {}

  base::Result<> begin() override {
    attempts_ = 0;
    session().leg(side())->set_closed_timeout(options_.closed_timeout.nanos);
    dial();
    return {};
  }

  void end() override {
    again_.stop();
    dial_.reset();
  }

  bool reconfigure(const void* options) override {
    options_ = *static_cast<const ConnectOptions*>(options);
    return true;
  }

 private:
  pipeline::Side side() const { return pipeline::other(session().far_side(*this)); }

  void dial() {
    const auto target = parse_host_port(options_.address);
    net::DialOptions d{.host = target->host,
                       .port = target->port,
                       .md5 = options_.md5.value,
                       .timeout = options_.timeout.nanos,
                       .socket = socket_options(options_)};
    if (!options_.bind.empty())
      if (const auto e = base::Endpoint::parse(options_.bind, 0)) d.bind = *e;
    if (options_.no_ipv6) d.family = base::IpFamily::v4;
    session().leg(side())->set_target(target->text());
    session().dialling();
    dial_ = std::make_unique<net::Dial>(session().loop(), std::move(d),
                                        [this](base::Result<net::Fd> fd) { dialled(std::move(fd)); });
  }

  void dialled(base::Result<net::Fd> fd) {
    dial_.reset();
    if (fd) {
      session().connected(side(), std::move(*fd));
      return;
    }
    ++attempts_;
    if (!options_.retry || (options_.retry_max != 0 && attempts_ > options_.retry_max)) {
      session().dial_failed(side(), std::move(fd.error().text));
      return;
    }
    // Quadratic, at most a minute.
    const base::Nanos wait = std::min<base::Nanos>(60, attempts_ * attempts_) * base::second;
    again_.start(wait);
    session().dial_later(side(), std::move(fd.error().text), wait);
  }

  ConnectOptions options_;
  net::Timer again_;
  std::unique_ptr<net::Dial> dial_;
  std::int64_t attempts_ = 0;
};

}  // namespace

const pipeline::StageKind connect_kind{
    .name = "connect",
    .help = "connect to a BGP peer over TCP",
    .options = table,
    .leg = true,
    .producer = true,
    .events = events,
    .make_options = make_options<ConnectOptions>,
    .make = make_stage<Connect>,
    .check = [](const void* o) -> base::Result<> {
      const auto& options = *static_cast<const ConnectOptions*>(o);
      if (options.bind.empty() || base::Endpoint::parse(options.bind, 0)) return {};
      return base::fail("bind: '" + options.bind + "' is not a local address: give 192.0.2.1 or 192.0.2.1:1790");
    },
};

}  // namespace stages
