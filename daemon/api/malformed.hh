// The answer of pipeline.errors as text: as a document its messages would take many times their size.
#pragma once

#include <string>
#include <string_view>

#include "super/supervisor.hh"

namespace api {

// Of one session, or of all when that is empty. {"malformed":[…],"omitted":N}: the newest first, and at most 4 MiB.
std::string malformed_text(const super::PipelineStatus& p, std::string_view session);

}  // namespace api
