// What becomes of a malformed UPDATE: the pipeline's setting `errors`, for each class of RFC 7606.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "bgp/check.hh"
#include "bgp/types.hh"
#include "conf/options.hh"

namespace pipeline {

struct PipelineSpec;

// An attribute in discard_attributes or withdraw_attributes is no error of the sender's: what is to be done is done and
// counted as `unwanted`, and nothing is told. AS_SETs where they are withdrawn (RFC 9774 3) and attributes that another
// AS must not send (RFC 7606 7.5, 7.9, 7.10) are malformed: they follow the class, are counted, told and kept.
struct ErrorOptions {
  std::string action, discard, withdraw, reset;  // empty: by what stands in the line
  std::vector<std::string> discard_attributes, withdraw_attributes;
  std::string as_sets = "accept", external = "auto";
};
conf::OptionTable error_options();
// For other tables that have the same options.
inline constexpr std::string_view error_actions[] = {"relay", "repair", "reset"};
base::Result<> are_attributes(const conf::Value&);

// relay: untouched. repair: what RFC 7606 asks for, which is a reset where nothing else helps. reset: RFC 4271 6.3.
enum class ErrorAction : std::uint8_t { relay, repair, reset };

// The setting as it holds for one line.
struct ErrorPolicy {
  bgp::Rules rules;
  std::array<ErrorAction, 3> by_class{};  // by bgp::Severity

  ErrorAction of(bgp::Severity s) const noexcept { return by_class[static_cast<std::size_t>(s)]; }
  // Some UPDATE may leave as another one, or not at all.
  bool acts() const noexcept { return acts_; }

 private:
  friend ErrorPolicy error_policy(const PipelineSpec&, bgp::Direction, bool);
  bool acts_ = false;
};
// external: the line brings UPDATEs from another AS, as far as the OPENs say.
ErrorPolicy error_policy(const PipelineSpec&, bgp::Direction, bool external);

}  // namespace pipeline
