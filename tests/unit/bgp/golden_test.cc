// Properties that hold for every message of tests/data/bgp/messages.txt: captures and the test suites of other
// projects.
#include <fstream>
#include <vector>

#include "bgp/as_path.hh"
#include "bgp/check.hh"
#include "bgp/edit.hh"
#include "bgp/mp.hh"
#include "bgp/notification.hh"
#include "bgp/open.hh"
#include "bgp/transcode.hh"
#include "build.hh"

using namespace bgp;

namespace {

const std::vector<base::Buffer>& messages() {
  static const std::vector<base::Buffer> all = [] {
    std::vector<base::Buffer> out;
    std::ifstream file(TEST_DATA "/bgp/messages.txt");
    for (std::string origin, hex; file >> origin >> hex;) out.push_back(test::hex(hex));
    return out;
  }();
  return all;
}

template <class F>
void each(MsgType type, F f) {
  for (const base::Buffer& m : messages())
    if (static_cast<MsgType>(m.data()[18]) == type) f(m.view().subspan(header_size), m);
}

const Context contexts[] = {{}, {.as4 = false, .extended_message = false}};

// Path ids cannot be added where entries cannot be told apart.
bool can_be_cut(const UpdateIndex& u) {
  const auto reach = u.value(AttrCode::mp_reach), unreach = u.value(AttrCode::mp_unreach);
  return (!reach || has_sized_nlri(parse_mp_reach(*reach)->family)) &&
         (!unreach || has_sized_nlri(parse_mp_unreach(*unreach)->family));
}

Context with_ids(Context c) {
  c.add_path = FamilySet::all();
  return c;
}

}  // namespace

TEST_CASE("golden: every message is one frame") {
  CHECK(messages().size() > 300);
  for (const base::Buffer& m : messages()) {
    const Frame f = frame(m.data(), m.size(), max_message);
    CHECK(f.status == FrameStatus::ok);
    CHECK(f.length == m.size());
  }
}

TEST_CASE("golden: an UPDATE that is not edited is the same bytes, and so is one put together from its parts") {
  std::size_t sound = 0;
  each(MsgType::update, [&](base::Bytes body, const base::Buffer& m) {
    UpdateIndex u;
    const bool ok = u.parse(body).has_value();
    base::Buffer same;
    REQUIRE(UpdateEdit{}.apply(u, same));
    CHECK(base::equal(same, m));
    if (!ok) return;
    ++sound;
    base::Buffer attributes;
    for (const AttrRef& a : u.attrs()) append_attribute(attributes, a.code, a.flags, u.value(a));
    CHECK(base::equal(test::message(test::body(u.withdrawn(), attributes, u.nlri())), m));
  });
  CHECK(sound > 200);
}

TEST_CASE("golden: every truncation of an UPDATE fails cleanly or reads as a shorter one") {
  each(MsgType::update, [](base::Bytes body, const base::Buffer&) {
    for (std::size_t n = 0; n < body.size(); ++n) {
      const base::Buffer cut(body.first(n));
      UpdateIndex u;
      (void)u.parse(cut);
      for (const Context& c : contexts)
        for (const bool external : {false, true})
          CHECK(check(u, c, {.external = external}).empty() == !severity(u, c, {.external = external}));
    }
  });
}

TEST_CASE("golden: MP attributes, paths and prefixes are written as they were read") {
  std::size_t reaches = 0, paths = 0, prefixes = 0;
  const auto same_list = [&](base::Bytes list, Afi afi) {
    NlriReader r(list, afi, false);
    for (Nlri n; r.next(n); ++prefixes) {
      base::Buffer out;
      append_nlri(out, n.prefix(afi), std::nullopt);
      Nlri back;
      NlriReader again(out, afi, false);
      REQUIRE(again.next(back));
      CHECK(back.prefix(afi) == n.prefix(afi));
    }
  };
  each(MsgType::update, [&](base::Bytes body, const base::Buffer&) {
    UpdateIndex u;
    (void)u.parse(body);
    same_list(u.nlri(), Afi::ipv4);
    if (const auto v = u.value(AttrCode::mp_reach)) {
      const auto m = parse_mp_reach(*v);
      if (!m) return;
      ++reaches;
      base::Buffer out;
      encode(out, *m);
      CHECK(base::equal(out, *v));
      if (is_ip_prefix_family(m->family)) same_list(m->nlri, m->family.afi);
    }
    if (const auto v = u.value(AttrCode::as_path); v && as_path_valid(*v, true)) {
      ++paths;
      base::Buffer narrow, wide, back;
      const bool needed = narrow_as_path(narrow, *v);
      as4_path_value(wide, *v);
      widen_as_path(back, narrow, needed ? std::optional<base::Bytes>(wide) : std::nullopt);
      CHECK(origin_as(back, true) == origin_as(*v, true));
    }
  });
  CHECK(reaches > 80);
  CHECK(paths > 100);
  CHECK(prefixes > 100);
}

TEST_CASE("golden: sound UPDATEs cross to every context, and what comes out is sound there") {
  std::size_t crossed = 0;
  each(MsgType::update, [&](base::Bytes body, const base::Buffer& m) {
    UpdateIndex u;
    (void)u.parse(body);
    for (const Context& from : contexts) {
      if (severity(u, from, {}) || !can_be_cut(u)) continue;
      for (const Context& to : {contexts[0], contexts[1], with_ids(contexts[0]), with_ids(contexts[1])}) {
        const auto t = transcode(m, from, to);
        REQUIRE(t);
        REQUIRE(t->messages.size() == 1);
        ++crossed;
        UpdateIndex out;
        REQUIRE(out.parse(t->messages[0].view().subspan(header_size)));
        CHECK_FALSE(severity(out, to, {}));
        if (from.as4 == to.as4) {
          const auto back = transcode(t->messages[0], to, from);
          REQUIRE(back);
          REQUIRE(back->messages.size() == 1);
          UpdateIndex again;
          REQUIRE(again.parse(back->messages[0].view().subspan(header_size)));
          // Lists written with path ids and read without show the default route several times.
          if (!back->paths_merged) CHECK(base::equal(again.nlri(), u.nlri()));
          CHECK(again.attrs().size() == u.attrs().size());
        }
      }
    }
  });
  CHECK(crossed > 400);
}

TEST_CASE("golden: OPENs are written as they were read, and truncations fail") {
  std::size_t sound = 0;
  each(MsgType::open, [&](base::Bytes body, const base::Buffer&) {
    const auto o = parse_open(body);
    if (!o) return;
    ++sound;
    base::Buffer out;
    encode(out, *o);
    CHECK(base::equal(out, body));
    (void)parse_offer(body);
    for (std::size_t n = 0; n < body.size(); ++n) CHECK_FALSE(parse_offer(base::Buffer(body.first(n))));
  });
  CHECK(sound > 50);
}

TEST_CASE("golden: NOTIFICATIONs have words") {
  each(MsgType::notification, [](base::Bytes body, const base::Buffer&) {
    const auto n = parse_notification(body);
    CHECK(n.has_value() == (body.size() >= 2));
    if (!n) return;
    CHECK_FALSE(text(*n).empty());
    base::Buffer out;
    append_notification(out, n->code, n->subcode, n->data);
    CHECK(base::equal(out.view().subspan(header_size), body));
  });
}
