#include "format/exa_read.hh"

#include <cstring>

#include "base/text.hh"
#include "bgp/edit.hh"
#include "bgp/header.hh"
#include "bgp/mp.hh"
#include "format/take.hh"

namespace format {

namespace {

using base::Buffer;

std::string quoted(std::string_view what, std::string_view word) {
  return std::string(what) + " '" + base::printable(word.substr(0, 80)) + "'";
}

// A number, or four of them as in an address.
bool parse_path_id(std::string_view text, std::uint32_t& id) noexcept {
  std::uint8_t four[4];
  std::uint64_t v = 0;
  if (take_v4(text, four)) {
    id = base::load<std::uint32_t>(four);
    return true;
  }
  if (text.empty() || !take_number(text, 0xffffffff, v)) return false;
  id = static_cast<std::uint32_t>(v);
  return true;
}

std::string_view first_word(std::string_view line) noexcept { return ExaWords(line).next(); }

}  // namespace

bool is_exa(std::string_view start) noexcept {
  const std::string_view word = first_word(start);
  return word == "announce" || word == "withdraw" || word == "neighbor";
}

std::unexpected<base::Error> ExaDecoder::bad_line(const std::string& wrong) const {
  return base::fail("ExaBGP line " + std::to_string(line_) + ", at offset " + std::to_string(offset_) + ": " + wrong);
}

base::Result<std::size_t> ExaDecoder::decode(base::Bytes data, Sink& sink) {
  const std::string_view all = base::as_text(data);
  std::size_t used = 0;
  while (used != all.size()) {
    const std::string_view left = all.substr(used);
    const std::size_t newline = left.find('\n');
    const bool whole = newline != std::string_view::npos;
    if (!whole && left.size() < max_record && !skipping_) break;
    const std::size_t size = whole ? newline : left.size();
    if (size >= max_record && !skipping_) {
      const std::string wrong = "longer than " + std::to_string(max_record) + " bytes";
      if (!pardon_) return bad_line(wrong);
      pardon(sink, offset_, size, wrong);
      skipping_ = true;
    }
    if (!skipping_)
      if (const auto done = line(left.substr(0, size), sink); !done) return std::unexpected(done.error());
    if (whole) {
      skipping_ = false;
      ++line_;
    }
    used += size + (whole ? 1 : 0);
    offset_ += size + (whole ? 1 : 0);
  }
  return used;
}

base::Result<> ExaDecoder::finish(base::Bytes rest, Sink& sink) {
  if (rest.empty() || skipping_) return {};
  return line(base::as_text(rest), sink);
}

base::Result<> ExaDecoder::line(std::string_view text, Sink& sink) {
  const std::string_view first = first_word(text);
  if (first.empty() || first.starts_with('#')) return {};
  message_.wire.clear();
  message_.context = {};
  const std::string wrong = command(ExaWords(text));
  if (!wrong.empty()) {
    if (!pardon_) return bad_line(wrong);
    pardon(sink, offset_, text.size(), wrong);
    return {};
  }
  bgp::MessageView m;
  m.wire = message_.wire.view();
  m.type = static_cast<bgp::MsgType>(m.wire[bgp::header_size - 1]);
  m.context = &message_.context;
  sink.message(m);
  return {};
}

std::string ExaDecoder::command(ExaWords words) {
  attributes_.clear();
  prefixes_.clear();
  route_ = {};
  family_.reset();
  next_hop_ = {};
  has_rd_ = false;
  // Which of ExaBGP's neighbours it is for says nothing here.
  if (words.take("neighbor"))
    while (!words.done() && words.peek() != "announce" && words.peek() != "withdraw") words.next();
  const std::string_view verb = words.next();
  if (verb != "announce" && verb != "withdraw") return quoted("not a command:", verb);
  const bool withdrawn = verb == "withdraw";
  if (words.take("eor")) return withdrawn ? "an End-of-RIB cannot be withdrawn" : end_of_rib(words);
  if (words.take("route-refresh")) return withdrawn ? "a ROUTE-REFRESH cannot be withdrawn" : route_refresh(words);
  if (words.take("attributes") || words.take("attribute")) {
    if (std::string wrong = attributes(words); !wrong.empty()) return wrong;
    while (!words.done()) {
      const std::string_view word = words.next();
      const auto p = base::Prefix::parse(word);
      if (!p) return quoted("not a prefix:", word);
      prefixes_.push_back(*p);
    }
    if (prefixes_.empty()) return "no prefixes behind nlri";
    return update(withdrawn);
  }
  return announce(words, withdrawn);
}

// route PREFIX …, or ipv4 mpls-vpn PREFIX …
std::string ExaDecoder::announce(ExaWords& words, bool withdrawn) {
  const std::string_view what = words.next();
  if (what != "route") {
    const std::string_view safi = words.next();
    family_ = parse_exa_family(what, safi);
    if (!family_) return quoted("not a family:", std::string(what) + ' ' + std::string(safi));
    if (!exa_has_routes(*family_))
      return quoted("not a family of prefixes:", std::string(what) + ' ' + std::string(safi));
  }
  const std::string_view word = words.next();
  const auto p = base::Prefix::parse(word);
  if (!p || word.find('/') == std::string_view::npos) return quoted("not a prefix:", word);
  prefixes_.push_back(*p);
  if (std::string wrong = attributes(words); !wrong.empty()) return wrong;
  return update(withdrawn);
}

// Up to the end, or to the word nlri.
std::string ExaDecoder::attributes(ExaWords& words) {
  while (!words.done() && !words.take("nlri")) {
    const std::string_view name = words.next();
    bool known = true, sound = true;
    if (name == "next-hop") {
      const std::string_view word = words.next();
      const auto a = base::Address::parse(word);
      sound = a || word == "self";
      next_hop_ = a.value_or(base::Address{});
    } else if (name == "path-information") {
      std::uint32_t id = 0;
      sound = parse_path_id(words.next(), id);
      route_.path_id = id;
    } else if (name == "rd" || name == "route-distinguisher") {
      sound = has_rd_ = parse_exa_rd(words.next(), route_.rd);
    } else if (name == "label") {
      const bool list = words.take("[");
      route_.labels.clear();
      do {
        std::uint64_t v = 0;
        const std::string_view word = words.next();
        sound = !word.empty() && take_number(word, 0xfffff, v);
        route_.labels.push_back(static_cast<std::uint32_t>(v));
      } while (list && sound && !words.take("]"));
    } else {
      sound = attributes_.read(name, words, known);
    }
    if (!known) return quoted("not an attribute:", name);
    if (!sound) return quoted("no such value of", name);
  }
  return {};
}

// RFC 4364 4.3.2: in a VPN a route distinguisher of zero stands before the address.
bool ExaDecoder::next_hop_value(bgp::Family f, Buffer& out) const {
  static constexpr std::uint8_t zeros[16] = {};
  if (f.safi == bgp::Safi::mpls_vpn) out.append(base::Bytes(zeros).first(8));
  if (next_hop_.empty())
    out.append(base::Bytes(zeros).first(f.afi == bgp::Afi::ipv6 ? 16 : 4));
  else
    out.append(next_hop_.bytes());
  return true;
}

std::string ExaDecoder::update(bool withdrawn) {
  const bool v6 = prefixes_[0].address.is_v6();
  bgp::Family f{v6 ? bgp::Afi::ipv6 : bgp::Afi::ipv4, bgp::Safi::unicast};
  if (has_rd_) f.safi = bgp::Safi::mpls_vpn;
  if (!has_rd_ && !route_.labels.empty()) f.safi = bgp::Safi::mpls;
  if (family_) {
    if ((family_->afi == bgp::Afi::ipv6) != v6) return "the prefix is not of that family";
    if (f.safi != bgp::Safi::unicast && f.safi != family_->safi) return "rd or label in a family without it";
    f = *family_;
  }
  Buffer list, value;
  for (const base::Prefix& p : prefixes_) {
    route_.prefix = p;
    if (p.address.is_v6() != v6) return "prefixes of two families";
    if (!append_exa_route(list, route_, f, withdrawn)) return "more labels than fit before a prefix";
  }
  if (route_.path_id) message_.context.add_path.add(f);
  const bool plain = f == bgp::ipv4_unicast && (withdrawn || !next_hop_.is_v6());
  if (withdrawn) attributes_.clear();
  if (!withdrawn) {
    if (!attributes_.has(bgp::AttrCode::origin)) {
      Buffer igp;
      igp.push(0);
      attributes_.set(bgp::AttrCode::origin, std::move(igp));
    }
    if (!attributes_.has(bgp::AttrCode::as_path)) attributes_.set(bgp::AttrCode::as_path, Buffer{});
    Buffer hop;
    next_hop_value(f, hop);
    if (plain) {
      attributes_.set(bgp::AttrCode::next_hop, std::move(hop));
    } else {
      bgp::encode(value, bgp::MpReach{f, hop, 0, list});
      if (value.size() > 0xffff) return "longer than a message can be";
      attributes_.set(bgp::AttrCode::mp_reach, std::move(value));
    }
  } else if (!plain) {
    bgp::encode(value, bgp::MpUnreach{f, list});
    if (value.size() > 0xffff) return "longer than a message can be";
    attributes_.set(bgp::AttrCode::mp_unreach, std::move(value));
  }
  Buffer attrs;
  attributes_.append(attrs);
  static const Buffer none;
  const Buffer& unreach = plain && withdrawn ? list : none;
  const Buffer& reach = plain && !withdrawn ? list : none;
  if (!bgp::append_update(message_.wire, unreach, attrs, reach)) return "longer than a message can be";
  return {};
}

// RFC 4724 2.
std::string ExaDecoder::end_of_rib(ExaWords& words) {
  bgp::Family f = bgp::ipv4_unicast;
  if (!words.done()) {
    const std::string_view afi = words.next(), safi = words.next();
    const auto named = parse_exa_family(afi, safi);
    if (!named) return quoted("not a family:", std::string(afi) + ' ' + std::string(safi));
    f = *named;
  }
  (void)(f == bgp::ipv4_unicast ? bgp::append_update(message_.wire, {}, {}, {})
                                : bgp::append_unreach(message_.wire, f, {}));
  return {};
}

// RFC 2918 3.
std::string ExaDecoder::route_refresh(ExaWords& words) {
  const std::string_view afi = words.next(), safi = words.next();
  const auto f = parse_exa_family(afi, safi);
  if (!f) return quoted("not a family:", std::string(afi) + ' ' + std::string(safi));
  const std::size_t at = bgp::begin_message(message_.wire, bgp::MsgType::route_refresh);
  base::Writer w(message_.wire);
  w.u16(static_cast<std::uint16_t>(f->afi));
  w.u8(0);
  w.u8(static_cast<std::uint8_t>(f->safi));
  (void)bgp::finish_message(message_.wire, at);
  return {};
}

}  // namespace format
