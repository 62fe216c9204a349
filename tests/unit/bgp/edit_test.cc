#include "bgp/edit.hh"

#include "build.hh"

using namespace bgp;
using test::hex;
using test::hex_of;

namespace {
struct Original {
  base::Buffer body;
  UpdateIndex update;
  explicit Original(base::Buffer b) : body(std::move(b)) { (void)update.parse(body); }
  Original(std::initializer_list<std::string_view> withdrawn, std::string_view attributes,
           std::initializer_list<std::string_view> nlri)
      : Original(test::body(test::prefixes(withdrawn), hex(attributes), test::prefixes(nlri))) {}
  std::string edited(const UpdateEdit& e) const {
    base::Buffer out;
    REQUIRE(e.apply(update, out));
    CHECK(frame(out.data(), out.size(), max_extended_message).length == out.size());
    return hex_of(out.view().subspan(header_size));
  }
};
std::string expect(std::initializer_list<std::string_view> withdrawn, std::string_view attributes,
                   std::initializer_list<std::string_view> nlri) {
  return hex_of(test::body(test::prefixes(withdrawn), hex(attributes), test::prefixes(nlri)));
}
}  // namespace

TEST_CASE("edit: without a change the message is the same bytes, even if it is malformed") {
  const UpdateEdit none;
  CHECK(none.empty());
  for (const char* b : {"00000000", "0002080a0000", "0000000340010100", "0000000240010a", "00ff", "", "0000000003"}) {
    const Original o(hex(b));
    CHECK(o.edited(none) == hex_of(hex(b)));
  }
}

TEST_CASE("edit: routes are replaced, attributes stay as they stand") {
  const Original o({"10.0.0.0/8"}, "40010100 50020006 02010000fde9 400304c0000201", {"192.0.2.0/24"});
  UpdateEdit e;
  e.set_nlri(test::prefixes({"198.51.100.0/24"}));
  CHECK_FALSE(e.empty());
  CHECK(o.edited(e) == expect({"10.0.0.0/8"}, "40010100 50020006 02010000fde9 400304c0000201", {"198.51.100.0/24"}));
  e.set_withdrawn({});
  CHECK(o.edited(e) == expect({}, "40010100 50020006 02010000fde9 400304c0000201", {"198.51.100.0/24"}));
}

TEST_CASE("edit: an attribute is replaced in its place") {
  const Original o({}, "40010100 80040400000001 c00804fde90064", {"192.0.2.0/24"});
  UpdateEdit e;
  e.set_attribute(AttrCode::med, 0x80, hex("000000ff"));
  CHECK(o.edited(e) == expect({}, "40010100 800404000000ff c00804fde90064", {"192.0.2.0/24"}));
  e.set_attribute(AttrCode::med, 0x80, hex("00000002"));
  CHECK(o.edited(e) == expect({}, "40010100 80040400000002 c00804fde90064", {"192.0.2.0/24"}));
}

TEST_CASE("edit: a new attribute goes behind the last one with a smaller code") {
  const Original o({}, "40010100 400304c0000201 c00804fde90064", {});
  UpdateEdit e;
  e.set_attribute(AttrCode::otc, 0xc0, hex("00000007"));
  e.set_attribute(AttrCode::med, 0x80, hex("00000001"));
  e.set_attribute(AttrCode::local_pref, 0x40, hex("00000064"));
  CHECK(o.edited(e) ==
        expect({}, "40010100 400304c0000201 80040400000001 40050400000064 c00804fde90064 c0230400000007", {}));
  const Original mp_first({}, "800f03000201 40010100 400304c0000201", {});
  CHECK(mp_first.edited(e) ==
        expect({}, "800f03000201 40010100 400304c0000201 80040400000001 40050400000064 c0230400000007", {}));
  const Original empty({}, "", {});
  CHECK(empty.edited(e) == expect({}, "80040400000001 40050400000064 c0230400000007", {}));
}

TEST_CASE("edit: removing, and that of all") {
  const Original o({"10.0.0.0/8"}, "40010100 80040400000001 c00804fde90064", {"192.0.2.0/24"});
  UpdateEdit e;
  e.remove_attribute(AttrCode::med);
  e.remove_attribute(AttrCode::otc);
  CHECK(o.edited(e) == expect({"10.0.0.0/8"}, "40010100 c00804fde90064", {"192.0.2.0/24"}));
  e.remove_all_attributes();
  CHECK_FALSE(e.empty());
  CHECK(o.edited(e) == expect({"10.0.0.0/8"}, "", {"192.0.2.0/24"}));
  e.set_attribute(AttrCode::origin, 0x40, hex("02"));
  CHECK(o.edited(e) == expect({"10.0.0.0/8"}, "40010102", {"192.0.2.0/24"}));
}

TEST_CASE("edit: of a duplicate the first place is taken, the others go (RFC 7606 3.g)") {
  const Original o({}, "40010100 80040400000001 40010102", {});
  UpdateEdit e;
  e.set_attribute(AttrCode::origin, 0x40, hex("01"));
  CHECK(o.edited(e) == expect({}, "40010101 80040400000001", {}));
  e.remove_attribute(AttrCode::origin);
  CHECK(o.edited(e) == expect({}, "80040400000001", {}));
}

TEST_CASE("edit: a value over 255 bytes gets the Extended Length flag, one that asks for it keeps it") {
  const Original o({}, "", {});
  UpdateEdit e;
  e.set_attribute(AttrCode::community, 0xc0, base::Buffer(base::as_bytes(std::string(256, 'x'))));
  CHECK(o.edited(e).substr(8, 8) == "d0080100");
  e.set_attribute(AttrCode::community, 0xc0, base::Buffer(base::as_bytes(std::string(255, 'x'))));
  CHECK(o.edited(e).substr(8, 6) == "c008ff");
  e.set_attribute(AttrCode::community, 0xd0, hex("00000001"));
  CHECK(o.edited(e) == expect({}, "d0080004 00000001", {}));
}

TEST_CASE("edit: a message over 65535 bytes is not made, and nothing is appended") {
  const Original o({}, "", {});
  const auto fill = [](std::size_t n) { return base::Buffer(base::as_bytes(std::string(n, 'x'))); };
  const std::size_t most = max_extended_message - header_size - 4 - 4;
  base::Buffer out = hex("aa");
  UpdateEdit fits, over, far_over, routes;
  fits.set_attribute(AttrCode::community, 0xc0, fill(most));
  over.set_attribute(AttrCode::community, 0xc0, fill(most + 1));
  far_over.set_attribute(AttrCode::community, 0xc0, fill(70000));
  routes.set_withdrawn(fill(70000));
  CHECK_FALSE(over.apply(o.update, out));
  CHECK_FALSE(far_over.apply(o.update, out));
  CHECK_FALSE(routes.apply(o.update, out));
  CHECK(out.size() == 1);
  CHECK(fits.apply(o.update, out));
  CHECK(out.size() == 1 + max_extended_message);
}

TEST_CASE("edit: a message whose NLRI are not found cannot be changed; a broken attribute list loses its end") {
  UpdateEdit e;
  e.set_attribute(AttrCode::med, 0x80, hex("00000001"));
  base::Buffer out;
  CHECK_FALSE(e.apply(Original(hex("0002080a00ff4001")).update, out));
  CHECK(out.empty());
  const Original broken({}, "40010100 c00808 fde9", {"192.0.2.0/24"});
  CHECK(broken.edited(e) == expect({}, "40010100 80040400000001", {"192.0.2.0/24"}));
}
