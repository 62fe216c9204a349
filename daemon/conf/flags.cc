#include "conf/flags.hh"

#include <algorithm>

#include "base/text.hh"
#include "conf/interpolate.hh"

// CLI11 is not used here: it reads "-n=5" as the value "=5" and "-b=false" as an unknown flag, lets a list swallow the
// stage words behind it, passes unknown flags over with the words that end a stage, and each option would have to be
// translated into it and its answers back.

namespace conf {

namespace {

class Parser {
 public:
  Parser(std::span<const std::string> words, std::span<const Binding> bindings) : words_(words), bindings_(bindings) {}

  base::Result<Flags> run() {
    while (out_.consumed < words_.size() && !out_.help) {
      const std::string_view word = words_[out_.consumed];
      if (word.size() < 2 || word[0] != '-' || word == "--") break;
      ++out_.consumed;
      const auto read = word[1] == '-' ? long_flag(word.substr(2)) : letters(word.substr(1));
      if (!read) return std::unexpected(read.error());
    }
    return std::move(out_);
  }

 private:
  struct Place {
    const Option* option = nullptr;
    void* object = nullptr;
  };

  template <class Match>
  Place find(Match match) const {
    for (const Binding& b : bindings_) {
      const auto at = std::ranges::find_if(b.table, match);
      if (at != b.table.end()) return {&*at, b.object};
    }
    return {};
  }

  base::Result<> long_flag(std::string_view text) {
    const auto equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string flag = "--" + std::string(name);
    const Place place = find([&](const Option& o) { return o.name == name; });
    if (place.option == nullptr) {
      if (text == "help") return help();
      return unknown(flag, name);
    }
    if (equals != std::string_view::npos) return store(place, flag, text.substr(equals + 1));
    return place.option->type == Type::flag ? store(place, flag, "true") : store_next(place, flag);
  }

  base::Result<> letters(std::string_view text) {
    while (!text.empty()) {
      const std::string flag = {'-', text[0]};
      const Place place = find([&](const Option& o) { return o.letter == text[0] || o.also == text[0]; });
      if (place.option == nullptr) {
        if (text[0] == 'h') return help();
        return unknown(flag, {});
      }
      text.remove_prefix(1);
      if (text.starts_with('=')) return store(place, flag, text.substr(1));
      if (place.option->type != Type::flag) return text.empty() ? store_next(place, flag) : store(place, flag, text);
      if (auto r = store(place, flag, "true"); !r) return r;
    }
    return {};
  }

  base::Result<> help() {
    out_.help = true;
    return {};
  }

  base::Result<> unknown(const std::string& flag, std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Binding& b : bindings_)
      for (const Option& o : b.table) names.push_back(o.name);
    // A letter is near to everything.
    const auto near = name.size() > 1 ? base::nearest(name, names) : std::nullopt;
    return base::fail("unknown flag " + base::printable(flag) +
                      (near ? "; did you mean --" + std::string(*near) + "?" : "; -h lists them all"));
  }

  base::Result<> store_next(const Place& place, const std::string& flag) {
    if (out_.consumed == words_.size()) return base::fail(flag + " needs a value: " + std::string(place.option->help));
    return store(place, flag, words_[out_.consumed++]);
  }

  base::Result<> store(const Place& place, const std::string& flag, std::string_view text) {
    const Option& o = *place.option;
    const bool again = std::ranges::find(out_.given, &o) != out_.given.end();
    if (!again) out_.given.push_back(&o);
    const auto stored = again && o.type == Type::list ? append(place, text) : assign_text(o, place.object, text);
    return stored ? stored : base::fail(flag + ": " + stored.error().text);
  }

  static base::Result<> append(const Place& place, std::string_view text) {
    auto value = parse_value(*place.option, text);
    if (!value) return std::unexpected(value.error());
    Value whole = place.option->get(place.object);
    auto* const before = std::get_if<std::vector<std::string>>(&whole);
    if (before == nullptr) return assign(*place.option, place.object, *value);
    auto& more = std::get<std::vector<std::string>>(*value);
    before->insert(before->end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return assign(*place.option, place.object, whole);
  }

  std::span<const std::string> words_;
  std::span<const Binding> bindings_;
  Flags out_;
};

}  // namespace

namespace {
bool refers(std::string_view text) {
  constexpr std::string_view kinds[] = {"${env:", "${file:", "${credential:"};
  return text.find('}') + 1 == text.size() &&
         std::ranges::any_of(kinds, [&](std::string_view k) { return text.starts_with(k); });
}
}  // namespace

base::Result<> assign_text(const Option& o, void* object, std::string_view text) {
  // What stands on a command line is shown to all; a secret may stand elsewhere.
  if (o.type == Type::secret && refers(text)) {
    auto found = interpolate(text, {});
    if (!found) return std::unexpected(found.error());
    return assign(o, object, Secret{std::move(found->value), std::move(found->origin)});
  }
  const auto value = parse_value(o, text);
  if (!value) return std::unexpected(value.error());
  return assign(o, object, *value);
}

base::Result<Flags> parse_flags(std::span<const std::string> words, std::span<const Binding> bindings) {
  return Parser(words, bindings).run();
}

}  // namespace conf
