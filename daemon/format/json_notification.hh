// NOTIFICATION as JSON.
#pragma once

#include "base/bytes.hh"

namespace format {

// {"code":6,"subcode":2,"text":"maintenance"}: the text of a shutdown (RFC 9003) when it fills the data exactly, else
// the data in hex; {"raw":"0x06"} without a subcode. Room: six times the body, and 128.
char* put_notification(char* p, base::Bytes body);

}  // namespace format
