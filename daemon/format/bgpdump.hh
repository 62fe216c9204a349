// Lines as `bgpdump -m` prints them (bgpdump 1.6.2), byte for byte: one for each prefix, and one for each change of
// state. BGPDUMP.md says where they differ, and why.
#pragma once

#include <array>

#include "bgp/message.hh"
#include "bgp/update.hh"
#include "format/format.hh"

namespace format {

// Written straight from the wire view. A message that was not read from an archive is shown as the record that
// MrtEncoder would make of it.
class BgpdumpEncoder final : public Encoder {
 public:
  // False for messages of which bgpdump prints nothing.
  bool encode(const bgp::MessageView& m, base::Buffer& out) override;

 private:
  // What stands before a prefix: "BGP4MP|1546300800|A|192.0.2.1|65001|".
  struct Head {
    std::array<char, 192> text;
    std::size_t size = 0;
  };
  // The end of the last line of a peer of a table: the next one often has the same.
  struct Kept {
    base::Buffer attributes, tail;
    bool as4 = false;
  };
  // What is shown of the attributes of an UPDATE.
  struct Shown;

  void put_head(Head& h, const bgp::MessageView& m, std::string_view action, bool path_ids);
  bool put_state_change(const bgp::MessageView& m, base::Buffer& out);
  void put_withdrawn(const bgp::MessageView& m, bgp::Family f, base::Bytes nlri, base::Buffer& out);
  void put_announced(const bgp::MessageView& m, const Shown& s, bgp::Family f, base::Bytes nlri, base::Bytes next_hop,
                     base::Buffer& out);
  bool put_table_route(const bgp::MessageView& m, base::Buffer& out);
  void put_tail(const bgp::MessageView& m, const Shown& s, base::Bytes next_hop);
  void put_lines(const Head& h, bgp::Family f, bool path_ids, base::Bytes nlri, std::string_view tail,
                 base::Buffer& out) const;

  bgp::UpdateIndex index_;
  base::Buffer path_, tail_;
  Head head_;
  std::array<Kept, 64> kept_;
  std::size_t left_ = 0;  // bytes that this message may still become
};

}  // namespace format
