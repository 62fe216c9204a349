// What the service manager is told (sd_notify(3)). Harmless without one.
#pragma once

#include <string>

#include "base/clock.hh"

namespace super {

void notify_ready(const std::string& status);
void notify_reloading();  // with the time, or systemd would wait for it
void notify_stopping();
// How often notify_alive must be called, or 0 when nobody watches.
base::Nanos watchdog_interval();
void notify_alive();

}  // namespace super
