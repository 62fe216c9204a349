// Reports (bgp/report.hh) as JSON: {"report":"STATE_CHANGE","from":"ESTABLISHED","to":"IDLE"}; other kinds have their
// data in hex.
#pragma once

#include "base/bytes.hh"

namespace format {

char* put_report(char* p, base::Bytes body);

}  // namespace format
