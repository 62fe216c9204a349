#include "conf/problem.hh"

#include <algorithm>
#include <tuple>

#include "base/text.hh"

namespace conf {

namespace {

constexpr std::size_t shown_width = 100;

std::string_view line_of(const Source& source, int line) {
  std::string_view text = source.text;
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The part of the line that is shown, and where in it the place is.
std::pair<std::string_view, std::size_t> window(std::string_view line, std::size_t at) {
  at = std::min(at, line.size());
  std::size_t start = at > shown_width * 3 / 4 && line.size() > shown_width ? at - shown_width / 2 : 0;
  while (start > 0 && continues_character(line[start])) --start;
  std::size_t end = std::min(line.size(), start + shown_width);
  while (end < line.size() && continues_character(line[end])) ++end;
  return {line.substr(start, end - start), at - start};
}

// Tabs are one column wide in what is shown, so that the caret stands right on every terminal.
std::string visible(std::string_view text) {
  std::string plain(text);
  std::ranges::replace(plain, '\t', ' ');
  return base::printable(plain);
}

std::string excerpt(const Mark& mark, int hidden_from) {
  if (!mark.source || mark.line < 1 || mark.column < 1) return {};
  std::string whole(line_of(*mark.source, mark.line));
  int column = mark.column;
  if (hidden_from > 0) {
    whole.resize(std::min(whole.size(), static_cast<std::size_t>(hidden_from - 1)));
    whole += "***";
    column = std::min(column, hidden_from);
  }
  const auto [line, at] = window(whole, static_cast<std::size_t>(column - 1));
  if (line.empty()) return {};
  const std::string before = visible(line.substr(0, at));
  const auto width = before.size() - static_cast<std::size_t>(std::ranges::count_if(before, continues_character));
  return "  " + before + visible(line.substr(at)) + "\n  " + std::string(width, ' ') + "^\n";
}

}  // namespace

std::string headline(const Problem& p) {
  std::string out = base::printable(p.mark.file());
  if (!out.empty() && p.mark.line > 0) {
    out += ':' + std::to_string(p.mark.line);
    if (p.mark.column > 0) out += ':' + std::to_string(p.mark.column);
  }
  if (!out.empty()) out += ": ";
  if (p.warning) out += "warning: ";
  return out + base::printable(p.text);
}

std::string render(const Problem& p, int hidden_from) { return headline(p) + '\n' + excerpt(p.mark, hidden_from); }

void Problems::keep(Problem p) {
  if (!p.warning) ++errors_;
  if (kept_.size() < limit) {
    kept_.push_back(std::move(p));
  } else {
    ++dropped_;
  }
}

void Problems::add(Mark mark, std::string text) { keep({std::move(mark), std::move(text)}); }

void Problems::add(std::span<const Problem> others) {
  for (const Problem& p : others) keep(p);
}

void Problems::warn(Mark mark, std::string text) { keep({std::move(mark), std::move(text), true}); }

void Problems::hide(const Mark& mark) {
  if (!mark.source) return;
  const auto [at, fresh] = hidden_.emplace(std::pair(mark.source, mark.line), mark.column);
  if (!fresh) at->second = std::min(at->second, mark.column);
}

int Problems::hidden_from(const Mark& mark) const {
  const auto at = hidden_.find({mark.source, mark.line});
  return at == hidden_.end() ? 0 : at->second;
}

std::string Problems::text() const {
  std::vector<const Problem*> sorted;
  sorted.reserve(kept_.size());
  for (const Problem& p : kept_) sorted.push_back(&p);
  // Those of one line stay in the order in which they came, which is that of their addresses.
  std::ranges::sort(sorted, {}, [](const Problem* p) { return std::tuple(p->mark.file(), p->mark.line, p); });
  std::string out;
  for (const Problem* p : sorted) out += render(*p, hidden_from(p->mark));
  if (dropped_ != 0) out += "and " + std::to_string(dropped_) + " more\n";
  return out;
}

}  // namespace conf
