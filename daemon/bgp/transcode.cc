#include "bgp/transcode.hh"

#include <algorithm>

#include "bgp/edit.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "bgp/nlri.hh"
#include "bgp/notification.hh"
#include "bgp/recode.hh"
#include "bgp/update.hh"

namespace bgp {

namespace {

// Attributes that leave room for a few routes only would go out again with each few of them: 4096 bytes for one of two.
// The longest list there is stays within this under attributes of 3000 bytes.
constexpr std::size_t max_announcements = 64;

// One list of routes, in the encoding of the target once it went through recode().
struct Routes {
  Family family = ipv4_unicast;
  base::Bytes list;
  base::Buffer own;  // holds the list when it was changed
  bool path_ids = false;

  bool changed() const { return own.data() != nullptr; }
};

class Transcoder {
 public:
  Transcoder(const Context& from, const Context& to) : from_(from), to_(to) {}

  Result<Transcoded> run(base::Bytes message) {
    if (message.size() < header_size || message.size() > max_extended_message)
      return std::unexpected(Error{Reason::bad_length, Severity::session_reset, notify::header, 2, 0, 0});
    const bool fits = message.size() <= limit();
    if (fits && from_.as4 == to_.as4 && from_.add_path == to_.add_path) return one(base::Buffer(message));
    if (auto r = update_.parse(message.subspan(header_size)); !r) return std::unexpected(r.error());
    if (auto r = read_routes(); !r) return std::unexpected(r.error());
    if (auto r = recode(); !r) return std::unexpected(r.error());
    if (fits && edit_.empty()) return one(base::Buffer(message));
    base::Buffer whole;
    if (edit_.apply(update_, whole) && whole.size() <= limit()) return one(std::move(whole));
    if (auto r = split(); !r) return std::unexpected(r.error());
    return std::move(out_);
  }

 private:
  std::size_t limit() const { return to_.extended_message ? max_extended_message : max_message; }

  Result<Transcoded> one(base::Buffer message) {
    out_.messages.push_back(std::move(message));
    return std::move(out_);
  }

  Result<> read_routes();
  Result<> recode();
  Result<> recode(Routes& r, AttrCode code);
  Result<> split();
  base::Buffer attributes_alone();
  // Calls put for each run of whole entries that fits into room; false if one alone does not fit, or the list is
  // malformed.
  template <class Put>
  bool cut(const Routes& r, std::size_t room, Put put);
  // Into how many runs; nothing where cut() says false.
  std::optional<std::size_t> runs(const Routes& r, std::size_t room);
  Result<> withdraw(const Routes& r, bool classic);
  Result<> announce(const Routes& r, bool classic, base::Bytes attributes);
  void put(base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri);
  void put_unreach(Family family, base::Bytes list);
  void put_reach(base::Bytes attributes, Family family, base::Bytes list);

  const Context& from_;
  const Context& to_;
  UpdateIndex update_;
  UpdateEdit edit_;
  Routes withdrawn_, nlri_, unreach_routes_, reach_routes_;
  MpReach reach_;
  Transcoded out_;
};

Error mp_error(Reason reason, AttrCode code, std::size_t offset) {
  return {reason, Severity::session_reset,         notify::update,
          9,      static_cast<std::uint8_t>(code), static_cast<std::uint16_t>(offset)};
}

Result<> Transcoder::read_routes() {
  withdrawn_.list = update_.withdrawn();
  nlri_.list = update_.nlri();
  std::size_t reaches = 0, unreaches = 0;
  for (const AttrRef& a : update_.attrs()) {
    if (a.code == AttrCode::mp_reach) {
      auto m = parse_mp_reach(update_.value(a));
      if (!m || ++reaches > 1)
        return std::unexpected(mp_error(m ? Reason::duplicate : Reason::truncated, a.code, a.offset));
      reach_ = *m;
      reach_routes_.family = m->family;
      reach_routes_.list = m->nlri;
    } else if (a.code == AttrCode::mp_unreach) {
      auto m = parse_mp_unreach(update_.value(a));
      if (!m || ++unreaches > 1)
        return std::unexpected(mp_error(m ? Reason::duplicate : Reason::truncated, a.code, a.offset));
      unreach_routes_.family = m->family;
      unreach_routes_.list = m->nlri;
    }
  }
  return {};
}

Result<> Transcoder::recode(Routes& r, AttrCode code) {
  const bool from = from_.add_path.has(r.family);
  r.path_ids = to_.add_path.has(r.family);
  if (r.list.empty() || from == r.path_ids) return {};
  const auto merged = recode_nlri(r.own, r.list, r.family, from, r.path_ids);
  if (!merged)
    return std::unexpected(Error{Reason::bad_prefix_length, Severity::session_reset, notify::update, 10,
                                 static_cast<std::uint8_t>(code),
                                 static_cast<std::uint16_t>(r.list.data() - update_.body().data())});
  out_.paths_merged |= *merged;
  r.list = r.own;
  return {};
}

Result<> Transcoder::recode() {
  constexpr AttrCode none{};
  for (auto [routes, code] : {std::pair{&withdrawn_, none},
                              {&nlri_, none},
                              {&unreach_routes_, AttrCode::mp_unreach},
                              {&reach_routes_, AttrCode::mp_reach}})
    if (auto r = recode(*routes, code); !r) return r;
  if (auto r = recode_as_numbers(update_, from_.as4, to_.as4, edit_); !r) return r;

  if (withdrawn_.changed()) edit_.set_withdrawn(base::Buffer(withdrawn_.list));
  if (nlri_.changed()) edit_.set_nlri(base::Buffer(nlri_.list));
  const auto set = [this](AttrCode code, const auto& value) {
    base::Buffer encoded;
    encode(encoded, value);
    const auto flags = static_cast<std::uint8_t>(update_.find(code)->flags & ~attr_flag::extended);
    edit_.set_attribute(code, flags, std::move(encoded));
  };
  if (unreach_routes_.changed()) set(AttrCode::mp_unreach, MpUnreach{unreach_routes_.family, unreach_routes_.list});
  if (reach_routes_.changed())
    set(AttrCode::mp_reach, MpReach{reach_.family, reach_.next_hop, reach_.reserved, reach_routes_.list});
  return {};
}

// What every message of a split carries; empty if it is over 65535 bytes.
base::Buffer Transcoder::attributes_alone() {
  base::Buffer bare;
  if (!edit_.apply(update_, bare)) return {};
  bare.consume(header_size + 4);
  return bare;
}

Result<> Transcoder::split() {
  edit_.set_withdrawn({});
  edit_.set_nlri({});
  edit_.remove_attribute(AttrCode::mp_reach);
  edit_.remove_attribute(AttrCode::mp_unreach);
  const base::Buffer shared = attributes_alone();
  // RFC 4760 3: NEXT_HOP belongs to the classic routes, which travel apart now.
  if (!nlri_.list.empty()) edit_.remove_attribute(AttrCode::next_hop);
  const base::Buffer shared_mp = attributes_alone();

  if (auto r = withdraw(withdrawn_, true); !r) return r;
  if (auto r = withdraw(unreach_routes_, false); !r) return r;
  // Routes that must be withdrawn go before all that are announced.
  const std::size_t before = out_.messages.size();
  if (auto r = announce(nlri_, true, shared); !r) return r;
  const std::size_t classic = out_.messages.size();
  const bool classic_withdrawn = std::exchange(out_.routes_withdrawn, false);
  if (auto r = announce(reach_routes_, false, shared_mp); !r) return r;
  if (out_.routes_withdrawn && !classic_withdrawn)
    std::rotate(out_.messages.begin() + static_cast<std::ptrdiff_t>(before),
                out_.messages.begin() + static_cast<std::ptrdiff_t>(classic), out_.messages.end());
  out_.routes_withdrawn |= classic_withdrawn;
  return {};
}

template <class Put>
bool Transcoder::cut(const Routes& r, std::size_t room, Put put) {
  const std::size_t id_size = r.path_ids ? 4 : 0;
  std::size_t from = 0, at = 0;
  while (at < r.list.size()) {
    const base::Bytes rest = r.list.subspan(at);
    const auto size = rest.size() < id_size ? std::nullopt : nlri_size(rest.subspan(id_size), r.family);
    if (!size || id_size + *size > room) return false;
    if (at - from + id_size + *size > room) {
      put(r.list.subspan(from, at - from));
      from = at;
    }
    at += id_size + *size;
  }
  put(r.list.subspan(from));
  return true;
}

std::optional<std::size_t> Transcoder::runs(const Routes& r, std::size_t room) {
  std::size_t count = 0;
  return cut(r, room, [&](base::Bytes) { ++count; }) ? std::optional(count) : std::nullopt;
}

Result<> Transcoder::withdraw(const Routes& r, bool classic) {
  if (r.list.empty()) return {};
  const std::size_t overhead = header_size + 4 + (classic ? 0 : 4 + 3);
  const std::size_t room = limit() - overhead;
  const auto put_one = [&](base::Bytes list) {
    if (classic)
      put(list, {}, {});
    else
      put_unreach(r.family, list);
  };
  if (r.list.size() <= room) {
    put_one(r.list);
  } else if (!runs(r, room)) {
    return std::unexpected(Error{Reason::bad_prefix_length, Severity::session_reset, notify::update, 10,
                                 static_cast<std::uint8_t>(classic ? AttrCode{} : AttrCode::mp_unreach), 0});
  } else {
    (void)cut(r, room, put_one);
  }
  return {};
}

Result<> Transcoder::announce(const Routes& r, bool classic, base::Bytes attributes) {
  if (r.list.empty()) return {};
  const std::size_t overhead = header_size + 4 + attributes.size() + (classic ? 0 : 4 + 5 + reach_.next_hop.size());
  const std::size_t room = attributes.empty() || overhead >= limit() ? 0 : limit() - overhead;
  const auto put_one = [&](base::Bytes list) {
    if (classic)
      put({}, attributes, list);
    else
      put_reach(attributes, r.family, list);
  };
  if (r.list.size() <= room) {
    put_one(r.list);
  } else if (runs(r, room).value_or(max_announcements + 1) <= max_announcements) {
    (void)cut(r, room, put_one);
  } else {
    out_.routes_withdrawn = true;
    return withdraw(r, classic);
  }
  return {};
}

void Transcoder::put(base::Bytes withdrawn, base::Bytes attributes, base::Bytes nlri) {
  (void)append_update(out_.messages.emplace_back(), withdrawn, attributes, nlri);
}

void Transcoder::put_unreach(Family family, base::Bytes list) {
  (void)append_unreach(out_.messages.emplace_back(), family, list);
}

void Transcoder::put_reach(base::Bytes attributes, Family family, base::Bytes list) {
  base::Buffer value, all(attributes);
  encode(value, MpReach{family, reach_.next_hop, reach_.reserved, list});
  append_attribute(all, AttrCode::mp_reach, attr_flag::optional, value);
  put({}, all, {});
}

}  // namespace

Result<Transcoded> transcode(base::Bytes message, const Context& from, const Context& to) {
  return Transcoder(from, to).run(message);
}

}  // namespace bgp
