#include "net/bzip2_inflate.hh"

#include <bit>
#include <string>
#include <utility>

#include "net/bzip2_bits.hh"

namespace net::codecs {

namespace {

constexpr std::size_t at_once = std::size_t{256} << 10;  // of input
constexpr std::uint64_t small_block = 16 << 13;          // bits; not worth another thread
constexpr std::size_t checksum_bits = 32, head_bits = bzip2_magic_bits + checksum_bits;
constexpr std::size_t header_size = 4;  // "BZh9"

std::uint32_t combine(std::uint32_t sum, std::uint32_t block) { return std::rotl(sum, 1) ^ block; }

}  // namespace

// Bytes from the one that holds this bit.
base::Bytes Bzip2Inflater::data(std::uint64_t bit) const { return raw_.view().subspan(bit / 8 - raw_at_); }

std::optional<std::uint64_t> Bzip2Inflater::bits(std::uint64_t bit, std::size_t count) const {
  return bits_at(raw_, bit - raw_at_ * 8, count);
}

// Of the block at at_; it stands behind the magic number.
std::uint32_t Bzip2Inflater::block_checksum() const {
  return static_cast<std::uint32_t>(bits(at_ + bzip2_magic_bits, checksum_bits).value_or(0));
}

bool Bzip2Inflater::at_end() const {
  return (place_ == Place::member || place_ == Place::padding) && items_.empty() && at_ == input_end();
}

std::uint64_t Bzip2Inflater::position() const { return (items_.empty() ? at_ : items_.front().at) / 8; }

base::Result<> Bzip2Inflater::advance(base::Bytes& in, base::Buffer& out, std::size_t room) {
  const std::size_t limit = out.size() + room;
  const bool all = in.empty();
  while (out.size() < limit) {
    cut();
    const bool crowded = items_.size() >= (crew_ ? 2 * crew_->size() + 1 : 1);
    // First the threads get their work, then what is done goes out.
    if (!in.empty() && !crowded && !here_ && place_ != Place::wrong) {
      accept(in);
      continue;
    }
    base::Result<bool> more = false;
    if (!items_.empty())
      more = take_item(out, limit, all || crowded || here_ || place_ == Place::wrong);
    else if (place_ == Place::block && (all || here_))
      more = decode_here(out, limit);
    if (!more) return std::unexpected(more.error());
    if (*more) continue;
    if (in.empty()) return {};
    accept(in);
  }
  return {};
}

void Bzip2Inflater::accept(base::Bytes& in) {
  const std::uint64_t keep = position();
  if (const std::uint64_t used = keep - raw_at_; used >= at_once || (used != 0 && used == raw_.size())) {
    raw_.consume(used);
    raw_at_ = keep;
  }
  const base::Bytes part = in.first(std::min(in.size(), at_once));
  raw_.append(part);
  in = in.subspan(part.size());
}

// As far as there is input, and as far ahead as the threads go.
void Bzip2Inflater::cut() {
  for (bool more = true; more;) {
    switch (place_) {
      case Place::member: more = cut_member(); break;
      case Place::magic: more = cut_magic(); break;
      case Place::block: more = cut_block(); break;
      case Place::padding: more = cut_padding(); break;
      case Place::wrong: more = false; break;
    }
  }
}

void Bzip2Inflater::wrong(std::string_view error) {
  items_.push_back({.kind = Item::Kind::wrong, .at = at_, .checksum = 0, .error = error});
  place_ = Place::wrong;
}

bool Bzip2Inflater::cut_member() {
  const base::Bytes rest = data(at_);
  if (rest.empty()) return false;
  if (ended_member_ && rest[0] == 0) {
    place_ = Place::padding;
    return true;
  }
  const std::string_view start = base::as_text(rest.first(std::min(rest.size(), header_size)));
  if (!std::string_view("BZh").starts_with(start.substr(0, 3)) ||
      (start.size() == header_size && (start[3] < '1' || start[3] > '9'))) {
    wrong(ended_member_ ? "other data behind the end" : "no bzip2 header");
    return false;
  }
  if (start.size() < header_size) return false;
  level_ = start[3];
  at_ += header_size * 8;
  place_ = Place::magic;
  return true;
}

bool Bzip2Inflater::cut_magic() {
  const auto magic = bits(at_, bzip2_magic_bits), sum = bits(at_ + bzip2_magic_bits, checksum_bits);
  if (!sum) return false;
  if (*magic == bzip2_block_magic) {
    place_ = Place::block;
    scanned_ = at_ + bzip2_magic_bits;
    here_ = alone_;
    return true;
  }
  if (*magic != bzip2_end_magic) {
    wrong("damaged data");
    return false;
  }
  items_.push_back({.kind = Item::Kind::end, .at = at_, .checksum = static_cast<std::uint32_t>(*sum)});
  at_ = (at_ + head_bits + 7) / 8 * 8;
  place_ = Place::member;
  ended_member_ = true;
  return true;
}

bool Bzip2Inflater::cut_block() {
  if (here_ || (crew_ && items_.size() > 2 * crew_->size())) return false;
  const auto found = find_bzip2_magic(data(scanned_), scanned_ % 8);
  constexpr std::uint64_t longest = bzip2_longest_block * 8, window = 64;
  if (!found) {
    scanned_ = std::max(scanned_, input_end() - window);
    if (scanned_ - at_ <= longest) return false;
    submit(at_ + longest);
    if (!here_) wrong("damaged data");
    return false;
  }
  const std::uint64_t end = scanned_ / 8 * 8 + *found;
  here_ = end - at_ < small_block;
  if (!here_) submit(end);
  return !here_;
}

bool Bzip2Inflater::cut_padding() {
  const base::Bytes rest = data(at_);
  const auto other = std::ranges::find_if(rest, [](std::uint8_t c) { return c != 0; });
  at_ += static_cast<std::uint64_t>(other - rest.begin()) * 8;
  if (other != rest.end()) wrong("other data behind the end");
  return false;
}

void Bzip2Inflater::submit(std::uint64_t to) {
  if (!crew_) crew_ = std::make_unique<Bzip2Crew>();
  if (crew_->size() == 0) {
    here_ = alone_ = true;
    return;
  }
  const base::Bytes from = data(at_);
  base::Buffer moved;
  append_bits(moved, from, at_ % 8, at_ % 8 + (to - at_));
  items_.push_back({.kind = Item::Kind::block,
                    .at = at_,
                    .checksum = block_checksum(),
                    .level = level_,
                    .job = crew_->submit(level_, std::move(moved))});
  at_ = to;
  place_ = Place::magic;
}

void Bzip2Inflater::drop_items() {
  for (const Item& item : items_)
    if (item.job) crew_->cancel(item.job);
  items_.clear();
}

bool Bzip2Inflater::take_front(base::Buffer& out, std::size_t limit) {
  const std::size_t n = std::min(front_.size() - front_taken_, limit - out.size());
  out.append(front_.view().subspan(front_taken_, n));
  front_taken_ += n;
  if (front_taken_ == front_.size() && !front_.empty()) {
    crew_->give_back(std::move(front_));
    front_ = {};
    front_taken_ = 0;
  }
  return n != 0;
}

// False: nothing has come of the first item yet.
base::Result<bool> Bzip2Inflater::take_item(base::Buffer& out, std::size_t limit, bool wait) {
  if (take_front(out, limit)) return true;
  const Item& item = items_.front();
  if (item.kind == Item::Kind::wrong) return base::fail(std::string(item.error));
  if (item.kind == Item::Kind::end) {
    if (item.checksum != std::exchange(checksum_, 0)) return base::fail("checksum does not match");
    items_.pop_front();
    return true;
  }
  const auto state = crew_->take(*item.job, front_, wait);
  if (take_front(out, limit)) return true;
  switch (state) {
    case Bzip2Crew::State::working: return false;
    case Bzip2Crew::State::damaged: return base::fail("damaged data");
    case Bzip2Crew::State::cut: decode_alone(); return true;
    case Bzip2Crew::State::done: break;
  }
  checksum_ = combine(checksum_, item.checksum);
  items_.pop_front();
  return true;
}

void Bzip2Inflater::decode_alone() {
  at_ = items_.front().at;
  level_ = items_.front().level;
  drop_items();
  place_ = Place::block;
  here_ = alone_ = true;
}

// False: the block at at_ needs more input.
base::Result<bool> Bzip2Inflater::decode_here(base::Buffer& out, std::size_t limit) {
  here_ = true;
  if (!block_) {
    block_ = std::make_unique<Bzip2Block>(level_);
    fed_ = 0;
  }
  if (block_->done()) return end_here();
  if (!block_->begun()) {
    const std::uint64_t from = at_ + fed_ * 8;
    base::Buffer moved;
    append_bits(moved, data(from), from % 8, from % 8 + std::min((input_end() - from) / 8, at_once) * 8);
    base::Bytes left = moved;
    block_->feed(left);
    fed_ += moved.size() - left.size();
  }
  const std::size_t room = limit - out.size();
  const std::size_t made = block_->take(out.reserve(room), room);
  out.commit(made);
  if (block_->failed()) return base::fail("damaged data");
  return made != 0 || block_->done() || (input_end() - at_) / 8 > fed_;
}

// It ended with one of the last eight bits it took, and there the next one begins, or its member ends.
base::Result<bool> Bzip2Inflater::end_here() {
  const std::uint64_t last = at_ + fed_ * 8, first = last - 7;
  if (last / 8 + 8 > input_end() / 8) return false;
  const auto found = find_bzip2_magic(data(first), first % 8);
  if (!found || *found > first % 8 + 7) return base::fail("damaged data");
  checksum_ = combine(checksum_, block_checksum());
  at_ = first / 8 * 8 + *found;
  block_.reset();
  here_ = false;
  place_ = Place::magic;
  return true;
}

MadeInflater inflate_bzip2() { return std::make_unique<Bzip2Inflater>(); }

}  // namespace net::codecs
