// The text of extended communities in JSON, both ways. A value whose form could not restore its bits is written in hex.
#pragma once

#include <string_view>

#include "bgp/ext_community.hh"

namespace format {

// {"type":"TARGET","value":"65000:100"}; at most 140 characters.
char* put_ext_community(char* p, const bgp::ExtCommunity& c) noexcept;

// {"type":"TARGET","value":"[2001:db8::1]:100"}; at most 120 characters.
char* put_ipv6_ext_community(char* p, const bgp::Ipv6ExtCommunity& c) noexcept;

// The text of a value, without quotes: "65000:100", "192.0.2.1:100", "7:1000.5", "0x2a". False if it is not of that
// form; hex is of every form. The forms that are objects (flow_action, redirect_nh) have no other text.
bool take_ext_value(bgp::ExtForm form, std::string_view text, std::uint64_t& value) noexcept;

// "[2001:db8::1]:100", also without brackets.
bool take_ipv6_ext_value(std::string_view text, std::uint8_t* sixteen, std::uint16_t& local) noexcept;

}  // namespace format
