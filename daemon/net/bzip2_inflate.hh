// Decompresses bzip2 on several threads. Where a block begins can be seen without decoding those before it, but not for
// sure: each piece between two magic numbers is taken for a block and decoded ahead. When it turns out not to be all of
// one, because the number stood there by chance, this thread decodes on from that block's beginning, one by one.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "net/bzip2_block.hh"
#include "net/bzip2_crew.hh"
#include "net/codecs.hh"

namespace net::codecs {

class Bzip2Inflater final : public Inflater {
 public:
  Bzip2Inflater() : Inflater(Codec::bzip2) {}
  ~Bzip2Inflater() override { drop_items(); }
  Bzip2Inflater(const Bzip2Inflater&) = delete;
  Bzip2Inflater& operator=(const Bzip2Inflater&) = delete;
  bool at_end() const override;

 private:
  // What stands at the place up to which the input is cut.
  enum class Place : std::uint8_t { member, magic, block, padding, wrong };
  // What the input was cut into. Whatever stands behind a block is a guess until that block is done.
  struct Item {
    enum class Kind : std::uint8_t { block, end, wrong };
    Kind kind;
    std::uint64_t at;        // its first bit
    std::uint32_t checksum;  // of a block, or of all blocks of a member
    char level = 0;
    Bzip2Crew::Ticket job = {};
    std::string_view error = {};
  };

  base::Result<> advance(base::Bytes& in, base::Buffer& out, std::size_t room) override;
  std::uint64_t position() const override;

  void accept(base::Bytes& in);
  void cut();
  bool cut_member();
  bool cut_magic();
  bool cut_block();
  bool cut_padding();
  void submit(std::uint64_t to);
  void wrong(std::string_view error);
  void drop_items();

  base::Result<bool> take_item(base::Buffer& out, std::size_t limit, bool wait);
  bool take_front(base::Buffer& out, std::size_t limit);
  void decode_alone();
  base::Result<bool> decode_here(base::Buffer& out, std::size_t limit);
  base::Result<bool> end_here();

  base::Bytes data(std::uint64_t bit) const;
  std::optional<std::uint64_t> bits(std::uint64_t bit, std::size_t count) const;
  std::uint32_t block_checksum() const;
  std::uint64_t input_end() const { return (raw_at_ + raw_.size()) * 8; }

  base::Buffer raw_;  // input from the first item on
  std::uint64_t raw_at_ = 0;
  Place place_ = Place::member;
  std::uint64_t at_ = 0;       // the bit of that place
  std::uint64_t scanned_ = 0;  // no end of the block at_ is before this bit
  char level_ = 0;
  bool ended_member_ = false;  // what follows is another member, or padding
  bool here_ = false;          // the block at at_ is for this thread
  bool alone_ = false;         // as all are that follow

  std::unique_ptr<Bzip2Crew> crew_;
  std::deque<Item> items_;
  base::Buffer front_;  // what the first item made
  std::size_t front_taken_ = 0;
  std::unique_ptr<Bzip2Block> block_;  // at at_, decoded here
  std::uint64_t fed_ = 0;              // bytes that it took
  std::uint32_t checksum_ = 0;         // of this member's blocks so far
};

}  // namespace net::codecs
