// Messages as JSON lines (JSON.md), written straight from the wire view: no tree, no allocation per message but the
// room in the output.
#pragma once

#include <array>
#include <memory>

#include "base/clock.hh"
#include "bgp/message.hh"
#include "bgp/update.hh"
#include "format/format.hh"
#include "format/json_attr_write.hh"

namespace format {

// with_length: the length of the body stands before the type, as it did in 2024.
enum class JsonForm : std::uint8_t { plain, with_length };

// One instance a writer: it remembers the last second and the peers it has shown.
class JsonWriter final : public Encoder {
 public:
  explicit JsonWriter(JsonForm form = JsonForm::plain) noexcept : form_(form) {}
  // Any message can be written. Ends with a newline.
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;
  // The same without the newline.
  void append(const bgp::MessageView& m, base::Buffer& out);

 private:
  // The tags of an archive's peer as text, kept because they repeat.
  struct PeerText {
    bgp::PeerInfo peer;
    bool used = false;
    std::uint16_t size = 0, before_originated = 0;  // bytes; of the tags that stand before ORIGINATED
    std::array<char, 400> text;
  };

  char* put_time(char* p, base::Nanos time);
  char* put_data(char* p, const bgp::MessageView& m);
  char* put_update(char* p, const bgp::MessageView& m);
  char* put_tags(char* p, const bgp::MessageView& m);
  const PeerText& peer_text(const bgp::PeerInfo& peer);

  JsonForm form_;
  base::TimeText time_;
  base::Buffer time_text_;
  base::Nanos shown_ = 0;
  bgp::UpdateIndex index_;
  using PeerTexts = std::array<PeerText, 64>;
  std::unique_ptr<PeerTexts> peers_;  // made when the first one is met: most writers see none
};

}  // namespace format
