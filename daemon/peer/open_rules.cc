#include "peer/open_rules.hh"

#include <algorithm>
#include <utility>

#include "bgp/notification.hh"

namespace peer {

namespace {

// RFC 4271 6.2, RFC 5492 5.
namespace open_error {
constexpr std::uint8_t version = 1, peer_as = 2, bgp_id = 3, hold_time = 6, capability = 7;
}

std::unexpected<Refusal> refuse(std::uint8_t subcode, std::string text, base::Buffer data = {}) {
  return std::unexpected(Refusal{bgp::notify::open, subcode, std::move(data), std::move(text)});
}

// RFC 4271 6.2: the largest version we speak.
std::unexpected<Refusal> refuse_version(unsigned version) {
  base::Buffer data;
  base::Writer(data).u16(4);
  return refuse(open_error::version, "BGP version " + std::to_string(version) + " is not spoken here, only 4",
                std::move(data));
}

std::string as_text(bgp::Asn asn) { return "AS" + std::to_string(asn); }

std::optional<std::string> wrong_as(const SpeakerOptions& options, const bgp::Open& open, const bgp::Offer& remote) {
  if (options.remote_asn && *options.remote_asn != remote.asn)
    return "peer says " + as_text(remote.asn) + ", expected " + as_text(*options.remote_asn);
  // RFC 6793 9 reserves AS_TRANS; who speaks from it hides an AS that it does not tell.
  if (!options.remote_asn && remote.asn == bgp::as_trans) return as_text(bgp::as_trans) + " (AS_TRANS) is nobody's AS";
  if (remote.as4 && open.my_as != bgp::as_trans && open.my_as != remote.asn)
    return "peer says " + as_text(open.my_as) + " in its header and " + as_text(remote.asn) + " in its capability";
  return std::nullopt;
}

// RFC 6286 2.2: inside one AS not ours.
std::optional<std::string> wrong_id(const SpeakerOptions& options, const base::Address& own_id,
                                    const bgp::Offer& remote) {
  const bool internal = !options.asn || *options.asn == remote.asn;
  if (internal && remote.id == own_id) return "BGP identifier " + remote.id.text() + " is our own";
  return std::nullopt;
}

std::optional<std::string> wrong_hold_time(const SpeakerOptions& options, std::uint16_t hold) {
  if (hold >= options.remote_hold) return std::nullopt;
  return "hold time " + std::to_string(hold) + " s, at least " + std::to_string(options.remote_hold) +
         " s is asked for";
}

base::Buffer family_value(bgp::Family family) {
  base::Buffer value;
  base::Writer w(value);
  w.u16(static_cast<std::uint16_t>(family.afi));
  w.u8(0);
  w.u8(static_cast<std::uint8_t>(family.safi));
  return value;
}

bool shares_family(const SpeakerOptions& options, const bgp::Offer& remote) {
  if (options.families.empty()) return true;
  // RFC 4760 8: who names none speaks IPv4 unicast.
  if (remote.families.empty()) return std::ranges::find(options.families, bgp::ipv4_unicast) != options.families.end();
  return std::ranges::any_of(
      options.families, [&](bgp::Family f) { return std::ranges::find(remote.families, f) != remote.families.end(); });
}

// RFC 5492 5: the data holds the capabilities that are missed.
std::unexpected<Refusal> refuse_families(const SpeakerOptions& options) {
  Refusal refusal{bgp::notify::open, open_error::capability, {}, "no address family in common; here:"};
  base::Writer w(refusal.data);
  for (const bgp::Family family : options.families) {
    const base::Buffer value = family_value(family);
    w.u8(static_cast<std::uint8_t>(bgp::CapCode::mp));
    w.u8(static_cast<std::uint8_t>(value.size()));
    w.bytes(value);
    refusal.text += ' ' + bgp::name(family);
  }
  return std::unexpected(std::move(refusal));
}

std::unexpected<Refusal> refuse(const bgp::Error& error) {
  return std::unexpected(Refusal{error.code, error.subcode, {}, bgp::text(error)});
}

base::Address derived_id(const bgp::Offer* remote) {
  if (remote == nullptr) return base::Address::v4(1);
  const std::uint32_t theirs = remote->id.v4_value();
  return base::Address::v4(theirs > 1 ? theirs - 1 : theirs + 1);
}

}  // namespace

std::expected<bgp::Offer, Refusal> judge_open(const SpeakerOptions& options, const base::Address& own_id,
                                              base::Bytes body) {
  // Another version may have another form, so it is looked at before anything else.
  if (!body.empty() && body[0] != 4) return refuse_version(body[0]);
  const auto open = bgp::parse_open(body);
  if (!open) return refuse(open.error());
  auto remote = bgp::parse_offer(body);
  if (!remote) return refuse(remote.error());
  if (const auto sound = bgp::check_open(*open, *remote); !sound) return refuse(sound.error());
  if (auto why = wrong_as(options, *open, *remote)) return refuse(open_error::peer_as, std::move(*why));
  if (auto why = wrong_id(options, own_id, *remote)) return refuse(open_error::bgp_id, std::move(*why));
  if (auto why = wrong_hold_time(options, remote->hold_time)) return refuse(open_error::hold_time, std::move(*why));
  if (!shares_family(options, *remote)) return refuse_families(options);
  return std::move(*remote);
}

bool append_open_body(base::Buffer& out, const SpeakerOptions& options, const bgp::Offer* remote) {
  const bgp::Asn asn = options.asn ? *options.asn : remote != nullptr ? remote->asn : 0;
  const base::Address id = options.id.is_v4() && !options.id.unspecified() ? options.id : derived_id(remote);
  std::vector<std::pair<bgp::CapCode, base::Buffer>> caps;
  for (const bgp::Family family : options.families) caps.emplace_back(bgp::CapCode::mp, family_value(family));
  if (options.route_refresh) caps.emplace_back(bgp::CapCode::route_refresh, base::Buffer{});
  if (options.extended_message) caps.emplace_back(bgp::CapCode::extended_message, base::Buffer{});
  if (options.as4) {
    base::Buffer value;
    base::Writer(value).u32(asn);
    caps.emplace_back(bgp::CapCode::as4, std::move(value));
  }
  if (!options.add_path.empty()) {
    base::Buffer value;
    base::Writer w(value);
    for (const bgp::AddPathEntry& entry : options.add_path) {
      w.u16(static_cast<std::uint16_t>(entry.family.afi));
      w.u8(static_cast<std::uint8_t>(entry.family.safi));
      w.u8(entry.mode);
    }
    caps.emplace_back(bgp::CapCode::add_path, std::move(value));
  }
  for (const RawCapability& c : options.more) caps.emplace_back(c.code, base::Buffer(base::as_bytes(c.value)));
  return bgp::encode_open(out, options.hold, asn, id, caps);
}

}  // namespace peer
