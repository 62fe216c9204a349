#include "conf/help.hh"

#include <algorithm>

#include "base/text.hh"

namespace conf {

namespace {

constexpr std::size_t page_width = 80, widest_left = 32;

std::string joined(std::span<const std::string_view> words, std::string_view between) {
  std::string out;
  for (const std::string_view w : words) {
    if (!out.empty()) out += between;
    out += w;
  }
  return out;
}

bool choices_as_name(const Option& o) {
  return o.value_name.empty() && !o.choices.empty() && joined(o.choices, "|").size() <= 24;
}

bool is_nothing(const Value& v) {
  const std::string text = value_text(v);
  return text.empty() || text == "0" || text == "false" || std::holds_alternative<Secret>(v);
}
bool is_number(const Value& v) {
  return std::holds_alternative<std::int64_t>(v) || std::holds_alternative<double>(v) ||
         std::holds_alternative<Duration>(v);
}

// "15s", "0: no limit", or empty when there is nothing to say.
std::string default_text(const Option& o, const Value& v) {
  std::string text = value_text(v);
  // A negative number says "none" where 0 means something.
  const bool none = is_nothing(v) || (is_number(v) && text.starts_with('-') && !o.absent.empty());
  if (!none) return text;
  if (o.absent.empty()) return {};
  return (is_number(v) ? text + ": " : "") + std::string(o.absent);
}

std::string help_line(const Option& o, const void* defaults) {
  std::string out(o.help);
  if (!o.choices.empty() && !choices_as_name(o)) out += ": " + joined(o.choices, ", ");
  std::vector<std::string> notes;
  if (o.required) notes.emplace_back("required");
  if (const std::string text = default_text(o, o.get(defaults)); !text.empty()) notes.push_back("default " + text);
  for (const std::string& note : notes) out += (&note == &notes.front() ? " (" : ", ") + note;
  return notes.empty() ? out : out + ")";
}

std::string left_side(const Option& o) {
  std::string out = o.letter != 0 ? std::string("  -") + o.letter + ", " : "      ";
  if (o.also != 0) out += std::string("-") + o.also + ", ";
  out += "--";
  out += o.name;
  const std::string value = value_name(o);
  return value.empty() ? out : out + ' ' + value;
}

void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  for (const std::string_view word : base::split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > page_width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) out += ' ', ++column;
    out += word;
    column += word.size();
  }
  out += '\n';
}

}  // namespace

std::string value_name(const Option& o) {
  if (o.type == Type::flag) return {};
  if (!o.value_name.empty()) return std::string(o.value_name);
  if (choices_as_name(o)) return joined(o.choices, "|");
  switch (o.type) {
    case Type::flag: return {};
    case Type::integer: return "N";
    case Type::number: return "X";
    case Type::duration: return "DURATION";
    case Type::text: return "TEXT";
    case Type::list: return o.commas ? "A,B,..." : "TEXT";
    case Type::secret: return "SECRET";
  }
  return {};
}

std::string option_help(std::span<const Described> all) {
  std::size_t width = 0;
  for (const Described& d : all)
    for (const Option& o : d.table)
      if (const auto left = left_side(o).size(); left <= widest_left) width = std::max(width, left);
  std::string out;
  for (const Described& d : all)
    for (const Option& o : d.table) {
      const std::string left = left_side(o);
      out += left;
      out += left.size() <= width ? std::string(width + 3 - left.size(), ' ') : '\n' + std::string(width + 3, ' ');
      append_wrapped(out, help_line(o, d.defaults), width + 3);
    }
  return out;
}

namespace {

// Text in a line of mdoc: no escapes, no macros.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

// One argument of a macro.
std::string roff_word(std::string_view text) { return "\"\\&" + roff(text) + '"'; }

// Each sentence has a line of its own, as mdoc wants it.
std::string sentence(std::string_view text) {
  std::string out(text);
  if (!out.empty()) out[0] = base::upper(out.substr(0, 1))[0];
  for (std::size_t at = 0; at + 2 < out.size(); ++at)
    if (out[at] == '.' && out[at + 1] == ' ' && out[at + 2] >= 'A' && out[at + 2] <= 'Z') out[at + 1] = '\n';
  return roff(out) + ".\n";
}

std::string bound_text(const Option& o, std::int64_t v) {
  return o.type == Type::duration ? base::duration_text(v) : std::to_string(v);
}

std::string range_text(const Option& o) {
  const bool low = o.min != INT64_MIN, high = o.max != INT64_MAX;
  if (low && high) return "from " + bound_text(o, o.min) + " to " + bound_text(o, o.max);
  if (low) return "at least " + bound_text(o, o.min);
  return high ? "at most " + bound_text(o, o.max) : "";
}

std::string tag(const Option& o, Manual form) {
  const std::string value = value_name(o);
  if (form == Manual::keys)
    return ".It Cm " + roff_word(o.name) + (value.empty() ? " : Cm true | false" : " : Ar " + roff_word(value)) + "\n";
  std::string out = ".It ";
  for (const char& letter : {o.letter, o.also})
    if (letter != 0) out += "Fl " + roff_word({&letter, 1}) + " , ";
  out += "Fl " + roff_word("-" + std::string(o.name));
  return out + (value.empty() ? "" : " Ar " + roff_word(value)) + "\n";
}

std::string_view cost_text(Cost cost) {
  switch (cost) {
    case Cost::live: return "changed in place at reload";
    case Cost::stage: return "a change starts the stage anew";
    case Cost::session: return "a change starts the session anew";
  }
  return {};
}

}  // namespace

std::string option_manual(std::span<const Described> all, Manual form) {
  std::string out = ".Bl -tag -width Ds\n";
  for (const Described& d : all)
    for (const Option& o : d.table) {
      out += tag(o, form) + sentence(o.help);
      if (!o.choices.empty() && !choices_as_name(o)) out += sentence("one of " + joined(o.choices, ", "));
      if (const std::string range = range_text(o); !range.empty()) out += sentence(range);
      if (const std::string text = default_text(o, o.get(d.defaults)); !text.empty())
        out += sentence("the default is " + text);
      if (o.required) out += sentence("required");
      if (form == Manual::keys) out += sentence(cost_text(o.cost));
    }
  return out + ".El\n";
}

}  // namespace conf
