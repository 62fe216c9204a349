#include "bgp/attr_table.hh"

#include <doctest/doctest.h>

using namespace bgp;

TEST_CASE("attribute names: every code is printed so that it parses back, in any case") {
  for (unsigned i = 0; i < 256; ++i) {
    const auto code = static_cast<AttrCode>(i);
    CHECK(parse_attr_name(attr_name(code)) == code);
  }
  CHECK(attr_name(AttrCode::as_path) == "ASPATH");
  CHECK(attr_name(AttrCode::attr_set) == "SET");
  CHECK(attr_name(static_cast<AttrCode>(99)) == "ATTR_99");
  CHECK(parse_attr_name("otc") == AttrCode::otc);
  CHECK(parse_attr_name("attr_0x23") == AttrCode::otc);
  CHECK(attr_name(AttrCode::entropy_label) == "ENTROPY_LABEL");
  CHECK(parse_attr_name("as_pathlimit") == AttrCode::as_pathlimit);
  CHECK(attr_name_or_empty(static_cast<AttrCode>(30)).empty());
  for (const char* bad : {"", "ATTR_", "ATTR_256", "ATTR_x", "ORIGINS"}) CHECK_FALSE(parse_attr_name(bad));
}

TEST_CASE("attribute flags: as the defining RFC asks, unknown ones optional transitive") {
  CHECK(default_flags(AttrCode::origin) == 0x40);
  CHECK(default_flags(AttrCode::med) == 0x80);
  CHECK(default_flags(AttrCode::aggregator) == 0xc0);
  CHECK(default_flags(AttrCode::as4_path) == 0xc0);
  CHECK(default_flags(AttrCode::mp_reach) == 0x80);
  CHECK(default_flags(static_cast<AttrCode>(200)) == 0xc0);
}

TEST_CASE("attribute forms: attributes may share one, and those without are raw") {
  CHECK(attr_form(AttrCode::med) == AttrForm::number);
  CHECK(attr_form(AttrCode::otc) == AttrForm::number);
  CHECK(attr_form(AttrCode::prefix_sid) == AttrForm::prefix_sid);
  CHECK(attr_form(AttrCode::d_path) == AttrForm::raw);
  CHECK(attr_form(static_cast<AttrCode>(99)) == AttrForm::raw);
}
