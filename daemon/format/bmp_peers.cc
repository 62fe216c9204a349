#include "format/bmp_peers.hh"

#include "bgp/header.hh"
#include "bgp/open.hh"

namespace format {

namespace {

// RFC 8671 5: type, distinguisher and address name a peer; one Peer Up speaks for its RIBs before and after policy, and
// for both directions.
void session_key(std::string& key, std::string_view scope, const BmpPeerHeader& h) {
  key.assign(scope);
  key.push_back(static_cast<char>(h.type()));
  key.append(base::as_text({h.bytes + 2, 24}));
}

base::Address address_of(base::Bytes sixteen) noexcept {
  for (std::size_t i = 0; i < 12; ++i)
    if (sixteen[i] != 0) return base::Address::from(sixteen);
  return base::Address::from(sixteen.subspan(12));
}

}  // namespace

BmpContexts bmp_contexts(const BmpPeerUp& up) {
  BmpContexts c;
  const auto sent = bgp::parse_offer(up.sent.subspan(bgp::header_size));
  const auto received = bgp::parse_offer(up.received.subspan(bgp::header_size));
  if (sent) c.local_as = sent->asn;
  if (!sent || !received) return c;
  c.in = bgp::negotiate(*received, *sent);
  c.out = bgp::negotiate(*sent, *received);
  // RFC 9069 5.1: both OPENs of a Loc-RIB are made up, mostly one like the other, to say what is in use.
  c.loc_rib = c.out;
  for (const auto& entry : sent->add_path)
    if ((entry.mode & 2) != 0) c.loc_rib.add_path.add(entry.family);
  return c;
}

void BmpPeers::up(std::string_view scope, const BmpPeerHeader& h, const BmpPeerUp& up) {
  session_key(key_, scope, h);
  auto at = sessions_.find(key_);
  if (at == sessions_.end()) {
    if (sessions_.size() == max_peers) return;
    at = sessions_.try_emplace(key_).first;
  }
  at->second = {address_of(up.local_address), bmp_contexts(up), at->second.generation + 1};
}

const BmpPeers::Session* BmpPeers::session_of(std::string_view scope, const BmpPeerHeader& h) const {
  session_key(key_, scope, h);
  const auto at = sessions_.find(key_);
  return at == sessions_.end() ? nullptr : &at->second;
}

const bgp::PeerInfo* BmpPeers::intern(const bgp::PeerInfo& info) {
  if (peers_.size() == max_peers) {
    spare_ = info;
    return &spare_;
  }
  return &peers_.emplace_back(info);
}

BmpPeers::Peer BmpPeers::find(std::string_view scope, const BmpPeerHeader& h) {
  const std::string_view identity = base::as_text(h.identity());
  const bool same = last_ != nullptr && last_key_.size() == scope.size() + identity.size() &&
                    last_key_.starts_with(scope) && last_key_.ends_with(identity);
  Known* known = last_;
  Known unkept;
  if (!same) {
    key_.assign(scope);
    key_.append(identity);
    auto at = known_.find(key_);
    if (at == known_.end() && known_.size() < max_peers) at = known_.try_emplace(key_).first;
    known = at == known_.end() ? &unkept : &at->second;
    last_key_ = key_;
    last_ = known == &unkept ? nullptr : known;
  }
  // A session is never erased, so it need be looked for only until it is there.
  if (known->session == nullptr) known->session = session_of(scope, h);
  const Session* const s = known->session;
  const unsigned generation = s ? s->generation : 1;
  if (known->generation != generation) {
    bgp::PeerInfo info = h.info();
    if (s) info.local_ip = s->local_ip, info.local_as = s->contexts.local_as;
    if (known->info == nullptr || known->info == &spare_ || !(*known->info == info)) known->info = intern(info);
    known->generation = known->info == &spare_ ? 0 : generation;
  }
  Peer p{known->info, {}};
  if (s) p.context = s->contexts.of(h.type(), h.flags());
  p.context.as4 = !h.has(bmp_flag::two_byte_as);
  p.context.extended_message = true;
  return p;
}

}  // namespace format
