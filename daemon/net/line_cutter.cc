#include "net/line_cutter.hh"

namespace net {

std::size_t LineCutter::cut(base::Bytes data, base::Nanos now, std::vector<std::string>& lines) {
  const std::string_view text = base::as_text(data);
  std::size_t used = 0;
  for (std::size_t end; (end = text.find('\n', used)) != std::string_view::npos; used = end + 1) {
    if (!std::exchange(skipping_, false)) add(text.substr(used, end - used), now, lines);
  }
  const std::string_view rest = text.substr(used);
  if (rest.size() < longest && !skipping_) return used;
  if (!std::exchange(skipping_, true)) add(rest, now, lines);
  return data.size();
}

void LineCutter::end(base::Bytes rest, base::Nanos now, std::vector<std::string>& lines) {
  if (!rest.empty() && !skipping_) add(base::as_text(rest), now, lines);
  tell_dropped(lines);
}

void LineCutter::add(std::string_view line, base::Nanos now, std::vector<std::string>& lines) {
  if (now - second_began_ >= base::second) {
    tell_dropped(lines);
    second_began_ = now;
    in_second_ = 0;
  }
  if (in_second_ == most) {
    ++dropped_;
    return;
  }
  ++in_second_;
  lines.emplace_back(line.substr(0, longest));
}

void LineCutter::tell_dropped(std::vector<std::string>& lines) {
  if (dropped_ != 0) lines.push_back("(" + std::to_string(dropped_) + " more lines left out)");
  dropped_ = 0;
}

}  // namespace net
