// Names of BMP code points as JSON shows them (JSON.md): information TLVs, reasons of a Peer Down, statistics.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hh"

namespace format {

// Which registry a TLV of information is from.
enum class BmpInfo : std::uint8_t { initiation, termination };
// "SYS_NAME", …, else "Info(9)"; parse takes both, in any case.
std::string bmp_info_name(BmpInfo, std::uint16_t type);
std::optional<std::uint16_t> parse_bmp_info_name(BmpInfo, std::string_view);
// Its value is text for people.
bool bmp_info_is_text(BmpInfo, std::uint16_t type) noexcept;

// "REMOTE_NOTIFICATION", …, else "Reason(9)".
std::string bmp_reason_name(std::uint8_t);
std::optional<std::uint8_t> parse_bmp_reason_name(std::string_view);

// "ROUTES_ADJ_RIB_IN", …, else "Stat(99)".
std::string bmp_stat_name(std::uint16_t);
std::optional<std::uint16_t> parse_bmp_stat_name(std::string_view);
// What RFC 7854 4.8 gives a statistic: a family in front or not, then a number of 4 or 8 bytes; 0 when it is not known.
struct BmpStatForm {
  std::uint8_t width = 0;
  bool family = false;
};
BmpStatForm bmp_stat_form(std::uint16_t type) noexcept;

}  // namespace format
