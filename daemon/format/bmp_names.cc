#include "format/bmp_names.hh"

#include "bgp/names.hh"

namespace format {

namespace {

using bgp::NamedCode;

// RFC 7854 10.5, RFC 9069 8.3, RFC 9736 4.
constexpr NamedCode initiation[] = {
    {0, "STRING"}, {1, "SYS_DESCR"}, {2, "SYS_NAME"}, {3, "TABLE_NAME"}, {4, "ADMIN_LABEL"}};
// RFC 7854 4.5.
constexpr NamedCode termination[] = {{0, "STRING"}, {1, "REASON"}};
// RFC 7854 4.9, RFC 9069 5.3.
constexpr NamedCode reasons[] = {{1, "LOCAL_NOTIFICATION"}, {2, "LOCAL_CLOSED"},  {3, "REMOTE_NOTIFICATION"},
                                 {4, "REMOTE_CLOSED"},      {5, "NOT_MONITORED"}, {6, "LOCAL_CLOSED_INFO"}};
// RFC 7854 4.8, RFC 8671 6.2.
constexpr NamedCode stats[] = {{0, "REJECTED_BY_POLICY"},
                               {1, "DUPLICATE_PREFIX"},
                               {2, "DUPLICATE_WITHDRAW"},
                               {3, "CLUSTER_LIST_LOOP"},
                               {4, "AS_PATH_LOOP"},
                               {5, "ORIGINATOR_ID"},
                               {6, "CONFED_LOOP"},
                               {7, "ADJ_RIB_IN"},
                               {8, "LOC_RIB"},
                               {9, "ADJ_RIB_IN_FAMILY"},
                               {10, "LOC_RIB_FAMILY"},
                               {11, "UPDATE_TREAT_AS_WITHDRAW"},
                               {12, "PREFIX_TREAT_AS_WITHDRAW"},
                               {13, "DUPLICATE_UPDATE"},
                               {14, "ADJ_RIB_OUT_PRE"},
                               {15, "ADJ_RIB_OUT_POST"},
                               {16, "ADJ_RIB_OUT_PRE_FAMILY"},
                               {17, "ADJ_RIB_OUT_POST_FAMILY"}};

std::span<const NamedCode> table(BmpInfo i) {
  return i == BmpInfo::initiation ? std::span<const NamedCode>(initiation) : termination;
}

}  // namespace

std::string bmp_info_name(BmpInfo i, std::uint16_t type) { return bgp::name_or_number(table(i), "Info", type); }
std::optional<std::uint16_t> parse_bmp_info_name(BmpInfo i, std::string_view text) {
  return bgp::parse_code<std::uint16_t>(table(i), "Info(", 0xffff, text);
}
bool bmp_info_is_text(BmpInfo i, std::uint16_t type) noexcept {
  return i == BmpInfo::initiation ? type < std::size(initiation) : type == 0;
}

std::string bmp_reason_name(std::uint8_t r) { return bgp::name_or_number(reasons, "Reason", r); }
std::optional<std::uint8_t> parse_bmp_reason_name(std::string_view text) {
  return bgp::parse_code<std::uint8_t>(reasons, "Reason(", 0xff, text);
}

std::string bmp_stat_name(std::uint16_t type) { return bgp::name_or_number(stats, "Stat", type); }
std::optional<std::uint16_t> parse_bmp_stat_name(std::string_view text) {
  return bgp::parse_code<std::uint16_t>(stats, "Stat(", 0xffff, text);
}
BmpStatForm bmp_stat_form(std::uint16_t type) noexcept {
  const bool family = type == 9 || type == 10 || type == 16 || type == 17;
  const bool gauge = family || type == 7 || type == 8 || type == 14 || type == 15;
  if (type >= std::size(stats)) return {};
  return {static_cast<std::uint8_t>(gauge ? 8 : 4), family};
}

}  // namespace format
