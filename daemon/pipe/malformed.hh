// UPDATEs that are not sound, as a session tells of them: how often, and with which bytes.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hh"
#include "base/clock.hh"
#include "bgp/context.hh"
#include "bgp/error.hh"
#include "bgp/types.hh"

namespace pipeline {

// One of them, kept for the operator; immutable, so that threads may share it.
struct Malformed {
  base::Nanos time = 0;  // wall
  bgp::Direction direction{};
  std::uint64_t seq = 0;
  std::string peer;
  bgp::Error error;      // the gravest
  std::size_t more = 0;  // errors beside it
  std::string action;    // what was done: "relayed", "repaired: …"
  bgp::Context context;
  base::Buffer wire;
};

// The last of them, and how many may be told of: a flood of bad messages fills neither log nor memory.
class MalformedLog {
 public:
  // Whether the next one is told and kept now: some in a row, then one a second. What was silent in between is handed
  // over with it.
  bool may_tell(base::Nanos now, std::uint64_t& silent) noexcept;
  void keep(std::shared_ptr<const Malformed> m);
  // Oldest first.
  std::vector<std::shared_ptr<const Malformed>> kept() const { return {kept_.begin(), kept_.end()}; }

 private:
  static constexpr base::Nanos price = base::second, credit = 10 * base::second;
  static constexpr std::size_t most = 16, most_bytes = 128 << 10;
  base::Nanos spent_ = 0;
  std::uint64_t silent_ = 0;
  std::deque<std::shared_ptr<const Malformed>> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace pipeline
