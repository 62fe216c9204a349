// Reports (bgp/report.hh) as JSON (JSON.md); what the readable form could not give back is hex in "data".
#pragma once

#include "base/bytes.hh"

namespace format {

// Appends the data of a report. Allocates.
void append_report_data(base::Buffer& out, base::Bytes body);
// Appends {"code":6,"subcode":2,"text":"maintenance"}, or hex.
void append_notification_data(base::Buffer& out, base::Bytes body);

}  // namespace format
