// Options and plumbing that every stage shares which reads or writes a stream of messages: files, scripts, standard
// input.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "format/format.hh"
#include "pipe/session.hh"
#include "pipe/stage.hh"
#include "stages/join.hh"

namespace stages {

struct StreamOptions {
  std::string format;
  std::vector<std::string> type, skip;
};
struct InputOptions : StreamOptions {
  bool pardon = false, no_seq = false, no_time = false, no_tags = false;
  std::string caps;
  bool short_asn = false, guess_asn = false;
  std::string bundle = "auto";
};

// "UPDATE", "update" or a number.
base::Result<> check_types(const conf::Value& v);
// A name of a compression, or auto.
base::Result<> check_codec(const conf::Value& v);
// Capabilities as JSON.
base::Result<> check_caps(const conf::Value& v);

inline constexpr auto format_names = [] {
  std::array<std::string_view, std::size(format::kind_names) + 1> names{"auto"};
  std::ranges::copy(format::kind_names, names.begin() + 1);
  return names;
}();
inline constexpr auto readable_formats = std::span(format_names).first<format_names.size() - 1>();

template <class Options>
constexpr auto stream_rows() {
  constexpr bool reads = std::derived_from<Options, InputOptions>;
  return std::array{
      conf::option<&Options::format>(
          "format", "form of the messages; auto: by content or by the name of the file",
          {.choices = reads ? std::span<const std::string_view>(readable_formats) : format_names,
           .value_name = "FORMAT"}),
      conf::option<&Options::type>("type", "only messages of these types",
                                   {.value_name = "TYPES", .check = check_types}),
      conf::option<&Options::skip>("skip", "not messages of these types",
                                   {.value_name = "TYPES", .check = check_types}),
  };
}

template <class Options>
constexpr auto input_rows() {
  return std::array{
      conf::option<&Options::pardon>(
          "pardon", "pass over what cannot be read, and go on; where that was and how much stands in the log"),
      conf::option<&Options::no_seq>("no-seq", "give messages new sequence numbers"),
      conf::option<&Options::no_time>("no-time", "give messages the present time"),
      conf::option<&Options::no_tags>("no-tags", "drop the tags of messages"),
      conf::option<&Options::caps>("caps", "capabilities of a session whose source does not tell them, as JSON",
                                   {.value_name = "JSON", .check = check_caps}),
      conf::option<&Options::short_asn>("short-asn", "AS numbers have two bytes, where the source does not tell"),
      conf::option<&Options::guess_asn>(
          "guess-asn",
          "guess from each UPDATE how wide its AS numbers are and whether its prefixes have path ids, "
          "where the source does not tell"),
  };
}

inline constexpr std::string_view bundle_names[] = {"auto", "always", "never"};

template <class Options>
constexpr auto table_rows() {
  return std::array{
      conf::option<&Options::bundle>(
          "bundle", "routes of a table share UPDATEs by peer and attributes; auto: unless an output shows them singly",
          {.choices = bundle_names}),
  };
}

// The set that --type and --skip leave.
pipeline::TypeMask type_mask(const StreamOptions& o);

// Decodes a stream and injects what it finds. Ask it only inside a Session::Run.
class Input : private format::Sink {
 public:
  Input(pipeline::Stage& stage, pipeline::Session& session, const InputOptions& options);

  // Nothing: found by content once there is enough of it; `otherwise`: what it is then if it looks like none.
  void start(std::optional<format::Kind> kind, std::optional<format::Kind> otherwise = {});
  base::Result<std::size_t> take(base::Bytes data);
  base::Result<> finish(base::Bytes rest);
  // The source broke off: gives what was whole. With cut data a --pardon makes that an end, and this is true.
  bool break_off(base::Bytes rest, bool cut);
  std::uint64_t messages() const noexcept { return messages_; }
  std::uint64_t skipped() const noexcept { return decoder_ ? decoder_->skipped() : 0; }
  std::uint64_t pardoned() const noexcept { return cuts_ + (decoder_ ? decoder_->pardoned() : 0); }

 protected:
  // Each message as it was read, before it enters the line and after. A negative answer keeps it out.
  virtual bool admit(const bgp::MessageView&, bgp::Direction) { return true; }
  virtual void entered(const bgp::MessageView&, bgp::Direction) {}
  // How UPDATEs are encoded where neither their form nor an option tells; null: canonically.
  virtual const bgp::Context* untold() const { return nullptr; }
  ~Input() = default;

 private:
  base::Result<std::size_t> detect(base::Bytes data);
  void message(const bgp::MessageView& view) override;
  void pardoned(std::uint64_t offset, std::uint64_t bytes, std::string_view why) override;
  // As the options want it, and the context where none tells.
  bgp::MessageView changed(bgp::MessageView v) const;

  pipeline::Stage& stage_;
  pipeline::Session& session_;
  const InputOptions options_;  // its own: a reload gives a stage that stays another specification
  pipeline::TypeMask types_;
  std::unique_ptr<format::Decoder> decoder_;
  std::optional<format::Kind> otherwise_;
  bool tells_ = true;  // the form, or an option, how messages are encoded
  std::uint64_t messages_ = 0, cuts_ = 0, told_ = 0;
};

}  // namespace stages
