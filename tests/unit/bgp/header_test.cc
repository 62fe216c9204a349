#include "bgp/header.hh"

#include "build.hh"

using namespace bgp;

TEST_CASE("frame: a whole message, and every truncation of it waits for more") {
  const auto m = test::message(test::hex("00000000"));
  const Frame f = frame(m.data(), m.size(), max_message);
  CHECK(f.status == FrameStatus::ok);
  CHECK(f.length == 23);
  CHECK(f.type == MsgType::update);
  for (std::size_t n = 0; n < m.size(); ++n) CHECK(frame(m.data(), n, max_message).status == FrameStatus::need_more);
}

TEST_CASE("frame: a marker that is not all ones is found at once (RFC 4271 6.1)") {
  for (std::size_t i = 0; i < 16; ++i) {
    auto m = test::message({}, MsgType::keepalive);
    m.data()[i] = 0xfe;
    CHECK(frame(m.data(), m.size(), max_message).status == FrameStatus::bad_marker);
  }
}

TEST_CASE("frame: lengths under 19 and over the limit are refused (RFC 4271 6.1, RFC 8654 4)") {
  auto m = test::message({}, MsgType::keepalive);
  const auto status = [&](std::uint16_t length, std::size_t limit) {
    base::store(m.data() + 16, length);
    return frame(m.data(), m.size(), limit).status;
  };
  CHECK(status(18, max_message) == FrameStatus::bad_length);
  CHECK(status(4096, max_message) == FrameStatus::need_more);
  CHECK(status(4097, max_message) == FrameStatus::bad_length);
  CHECK(status(4097, max_extended_message) == FrameStatus::need_more);
  CHECK(status(65535, max_extended_message) == FrameStatus::need_more);
  CHECK(frame(m.data(), m.size(), max_message).length == 65535);
}

TEST_CASE("header: the least length of each type (RFC 4271 6.1)") {
  CHECK_FALSE(length_fits_type(MsgType::open, 28));
  CHECK(length_fits_type(MsgType::open, 29));
  CHECK_FALSE(length_fits_type(MsgType::open, 4097));
  CHECK_FALSE(length_fits_type(MsgType::update, 22));
  CHECK(length_fits_type(MsgType::update, 65535));
  CHECK_FALSE(length_fits_type(MsgType::notification, 20));
  CHECK(length_fits_type(MsgType::keepalive, 19));
  CHECK_FALSE(length_fits_type(MsgType::keepalive, 20));
  CHECK_FALSE(length_fits_type(MsgType::route_refresh, 22));
  CHECK(length_fits_type(static_cast<MsgType>(77), 19));
}

TEST_CASE("header: a message over 65535 bytes is refused when it is finished") {
  base::Buffer out;
  out.append(std::string_view("before"));
  const auto at = begin_message(out, MsgType::update);
  CHECK(at == 6);
  out.append(std::string_view(std::string(65516, 'x')));
  CHECK(finish_message(out, at));
  CHECK(base::load<std::uint16_t>(out.data() + at + 16) == 65535);
  out.push(0);
  CHECK_FALSE(finish_message(out, at));
}
