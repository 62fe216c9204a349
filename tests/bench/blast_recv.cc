// The receiving end: takes one session, checks the framing of all that comes, counts, and at a NOTIFICATION or the end
// of the stream prints what it saw as one JSON object. Time runs from the first UPDATE read to the last.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "bgp_end.hh"

namespace {

using namespace bench;

class Receiver {
 public:
  explicit Receiver(int fd) : fd_(fd), buffer_(1 << 20) {}

  void run() {
    std::size_t have = 0;
    while (!over_) {
      const ssize_t n = read(fd_, buffer_.data() + have, buffer_.size() - have);
      if (n <= 0) return;
      have += static_cast<std::size_t>(n);
      const std::size_t used = take(have, now());
      std::memmove(buffer_.data(), buffer_.data() + used, have - used);
      have -= used;
    }
  }

  void print() {
    const double seconds = static_cast<double>(last_ - first_) / 1e9;
    std::printf("{\"messages\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"reads\": %llu",
                static_cast<unsigned long long>(messages_), static_cast<unsigned long long>(bytes_), seconds,
                static_cast<unsigned long long>(reads_));
    if (seconds > 0)
      std::printf(", \"mb_per_s\": %.1f, \"messages_per_s\": %.0f", static_cast<double>(bytes_) / seconds / 1e6,
                  static_cast<double>(messages_) / seconds);
    if (!latency_.empty()) {
      std::ranges::sort(latency_);
      std::printf(", \"latency_us\": {\"count\": %zu, \"p50\": %.1f, \"p99\": %.1f, \"p99.9\": %.1f, \"max\": %.1f}",
                  latency_.size(), at(0.5), at(0.99), at(0.999), at(1));
    }
    std::printf("}\n");
  }

 private:
  // Handles whole messages and says how many bytes they were.
  std::size_t take(std::size_t have, std::int64_t time) {
    const std::uint64_t before = messages_;
    std::size_t used = 0;
    while (have - used >= header_size) {
      const std::uint8_t* p = buffer_.data() + used;
      std::uint64_t marker[2];
      std::memcpy(marker, p, sizeof marker);
      const std::size_t length = length_of(p);
      if ((marker[0] & marker[1]) != ~std::uint64_t{0} || length < header_size) die("the stream is out of frame");
      if (length > have - used) break;
      if (p[18] == update)
        count(p, length, time);
      else
        answer(p[18]);
      used += length;
    }
    if (messages_ != before) {
      if (first_ == 0) first_ = time;
      last_ = time;
      ++reads_;
    }
    return used;
  }

  void count(const std::uint8_t* p, std::size_t length, std::int64_t time) {
    ++messages_;
    bytes_ += length;
    if (length != stamped_size || std::memcmp(p + stamp_at - sizeof stamp_head, stamp_head, sizeof stamp_head) != 0)
      return;
    std::int64_t stamp = 0;
    std::memcpy(&stamp, p + stamp_at, sizeof stamp);
    latency_.push_back(time - stamp);
  }

  void answer(std::uint8_t type) {
    if (type == notification) over_ = true;
    if (type != open) return;
    const std::string reply = open_message(0x7f000002) + message(keepalive, "");
    write_all(fd_, reply.data(), reply.size());
  }

  double at(double quantile) const {
    const auto i = static_cast<std::size_t>(quantile * static_cast<double>(latency_.size() - 1));
    return static_cast<double>(latency_[i]) / 1e3;
  }

  int fd_;
  std::vector<std::uint8_t> buffer_;
  bool over_ = false;
  std::uint64_t messages_ = 0, bytes_ = 0, reads_ = 0;
  std::int64_t first_ = 0, last_ = 0;
  std::vector<std::int64_t> latency_;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments a(argc, argv);
  const int fd = accept_one(a.text("--listen"));
  Receiver receiver(fd);
  receiver.run();
  receiver.print();
  close(fd);
}
