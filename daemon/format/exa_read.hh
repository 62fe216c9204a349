// ExaBGP's API text: a command a line, as scripts write it to ExaBGP (announce and withdraw of routes, attributes with
// many of them, End-of-RIB, ROUTE-REFRESH).
#pragma once

#include <string_view>

#include "format/exa_attrs.hh"
#include "format/exa_route.hh"
#include "format/format.hh"

namespace format {

// The line starts with one of its commands.
bool is_exa(std::string_view start) noexcept;

// Messages are canonical: 4-byte AS numbers, and path ids where path-information is given. An announcement without
// origin or as-path has IGP and an empty path, as ExaBGP gives it; next-hop self, or none, is the unspecified address.
class ExaDecoder final : public Decoder {
 public:
  explicit ExaDecoder(const DecoderOptions& options) : pardon_(options.pardon) {}
  base::Result<std::size_t> decode(base::Bytes data, Sink& sink) override;
  // Empty lines and comments (#) are no commands.
  base::Result<> finish(base::Bytes rest, Sink& sink) override;

 private:
  base::Result<> line(std::string_view text, Sink& sink);
  std::unexpected<base::Error> bad_line(const std::string& wrong) const;
  // What is wrong with a command, or nothing when there is a message.
  std::string command(ExaWords words);
  std::string announce(ExaWords& words, bool withdrawn);
  std::string attributes(ExaWords& words);
  std::string update(bool withdrawn);
  std::string end_of_rib(ExaWords& words);
  std::string route_refresh(ExaWords& words);
  bool next_hop_value(bgp::Family, base::Buffer& out) const;

  // Of the command being read.
  ExaAttributes attributes_;
  std::vector<base::Prefix> prefixes_;
  ExaRoute route_;  // what is common to them
  std::optional<bgp::Family> family_;
  base::Address next_hop_;
  bool has_rd_ = false;

  bgp::OwnedMessage message_;
  bool pardon_, skipping_ = false;  // skipping: in the middle of a line that is too long
  std::uint64_t offset_ = 0;        // of the next byte in the stream
  std::uint64_t line_ = 1;          // number of the next line in the stream
};

}  // namespace format
