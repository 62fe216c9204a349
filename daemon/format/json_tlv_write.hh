// Attributes that are lists of items with a type, as JSON. Each writer returns null where its form could not restore
// the bytes.
#pragma once

#include "base/bytes.hh"

namespace format {

// {"type":"INGRESS_REPLICATION","tunnel_flags":0,"label":100,"vni":1600,"id":"192.0.2.1"}
char* put_pmsi_tunnel(char* p, base::Bytes value) noexcept;
// [{"type":"VXLAN","tlvs":[{"type":"COLOR","data":"0x…"}]}]
char* put_tunnel_encap(char* p, base::Bytes value) noexcept;
// [{"type":"LABEL_INDEX","flags":0,"index":7},{"type":"ORIGINATOR_SRGB","flags":0,"ranges":[[16000,8000]]}]
char* put_prefix_sid(char* p, base::Bytes value) noexcept;
// 100, or "18446744073709551614" where programs that keep numbers as double would lose digits.
char* put_aigp(char* p, base::Bytes value) noexcept;

}  // namespace format
