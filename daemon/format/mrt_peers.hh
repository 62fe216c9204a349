// Whom the records of an archive are about: one object for each head of a record, because they repeat.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bgp/message.hh"

namespace format {

class MrtPeers {
 public:
  // The peer of a record that starts with these bytes; read makes it when they are met for the first time. It lives as
  // long as this object, unless there are absurdly many: then it is valid until the next call, and kept() is false.
  template <class Read>
  const bgp::PeerInfo* get(base::Bytes head, const Read& read) {
    const std::string_view bytes = base::as_text(head);
    if (last_ != nullptr && bytes == last_key_) return last_;
    if (const auto found = by_bytes_.find(bytes); found != by_bytes_.end()) {
      last_key_ = found->first;
      return last_ = found->second;
    }
    return add(bytes, read());
  }
  bool kept(const bgp::PeerInfo* p) const noexcept { return p != &spare_; }

 private:
  static constexpr std::size_t most = 65536;
  const bgp::PeerInfo* add(std::string_view bytes, const bgp::PeerInfo& info);

  std::unordered_map<std::string_view, const bgp::PeerInfo*> by_bytes_;
  std::deque<std::string> keys_;
  std::deque<bgp::PeerInfo> peers_;
  bgp::PeerInfo spare_;
  std::string_view last_key_;
  const bgp::PeerInfo* last_ = nullptr;
};

}  // namespace format
