#include <vector>

#include "ctl/help.hh"
#include "rpc/methods.hh"

namespace ctl {

using Kind = OptionSpec::Kind;

namespace {
std::string option_words(std::span<const OptionSpec> options) {
  std::string out;
  for (const OptionSpec& o : options) {
    if (o.letter != 0) out += std::string("-") + o.letter + " ";
    out += "--" + std::string(o.name) + " ";
  }
  return out;
}

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const auto w : words) out.append(out.empty() ? "" : " ").append(w);
  return out;
}

std::string method_words() {
  std::string out;
  for (const rpc::Method& m : rpc::methods()) out.append(out.empty() ? "" : " ").append(m.name);
  return out;
}

std::string verb_words() {
  std::string out;
  for (const Verb& v : verbs()) out.append(out.empty() ? "" : " ").append(v.name);
  return out;
}

// A bash command that fills COMPREPLY.
std::string bash_offer(Completes what, std::span<const std::string_view> choices) {
  const auto words = [](const std::string& list) { return "COMPREPLY=($(compgen -W \"" + list + "\" -- \"$cur\"))"; };
  switch (what) {
    case Completes::nothing: return "COMPREPLY=()";
    case Completes::pipeline: return words("$(bgpipectl \"${socket[@]}\" list --names 2>/dev/null)");
    case Completes::file: return "compopt -o default; COMPREPLY=()";
    case Completes::method: return words(method_words());
    case Completes::choices: return words(joined(choices));
  }
  return "COMPREPLY=()";
}

std::string bash_values(std::span<const OptionSpec> options) {
  std::string out;
  for (const OptionSpec& o : options) {
    if (o.kind == Kind::flag || !o.bare.empty()) continue;
    out += "        ";
    if (o.letter != 0) out += std::string("-") + o.letter + "|";
    out += "--" + std::string(o.name) + ") " + bash_offer(o.completes, o.choices) + "; return ;;\n";
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == ':' || c == '[' || c == ']')
      out.append("\\").push_back(c);
    else
      out += c;
  }
  return out + "'";
}

std::string zsh_offer(Completes what, std::span<const std::string_view> choices) {
  switch (what) {
    case Completes::nothing: return " ";
    case Completes::pipeline: return "_bgpipectl_pipelines";
    case Completes::file: return "_files";
    case Completes::method: return "(" + method_words() + ")";
    case Completes::choices: return "(" + joined(choices) + ")";
  }
  return " ";
}

std::string zsh_options(std::span<const OptionSpec> options) {
  std::string out;
  for (const OptionSpec& o : options) {
    std::string value;
    if (o.kind != Kind::flag)
      value = (o.bare.empty() ? ":" : "::") + std::string(o.value_name) + ":" + zsh_offer(o.completes, o.choices);
    const auto one = [&](const std::string& name, const char* joins) {
      out.append(" '").append(name).append(value.empty() ? "" : joins);
      out.append("['").append(quoted(o.help)).append("']").append(value).append("'");
    };
    if (o.letter != 0) one(std::string("-") + o.letter, o.bare.empty() ? "+" : "-");
    one("--" + std::string(o.name), o.bare.empty() ? "=" : "=-");
  }
  return out;
}
}  // namespace

std::string bash_completion() {
  std::string out =
      "# bash completion for bgpipectl: eval \"$(bgpipectl completion bash)\"\n"
      "_bgpipectl() {\n"
      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i\n"
      "    local -a socket=()\n"
      "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "        case ${COMP_WORDS[i]} in\n"
      "        -s|--socket) socket=(-s \"${COMP_WORDS[i+1]}\"); ((i++)) ;;\n"
      "        --timeout|--color) ((i++)) ;;\n"
      "        -*|=) ;;\n"
      "        *) verb=${COMP_WORDS[i]}; break ;;\n"
      "        esac\n"
      "    done\n"
      "    case $prev in\n" +
      bash_values(common_options()) + "    esac\n    case $verb in\n";
  out += "    '') COMPREPLY=($(compgen -W \"" + verb_words() + " " + option_words(common_options()) +
         "\" -- \"$cur\")) ;;\n";
  for (const Verb& v : verbs()) {
    out += "    " + std::string(v.name) + ")\n";
    if (const std::string values = bash_values(v.options); !values.empty())
      out += "        case $prev in\n" + values + "        esac\n";
    const std::string options = option_words(v.options) + option_words(common_options());
    out += "        if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"" + options + "\" -- \"$cur\"))\n        else ";
    const bool topic = v.name == "help";
    if (topic)
      out += "COMPREPLY=($(compgen -W \"" + verb_words() + "\" -- \"$cur\"))";
    else if (v.arguments.empty())
      out += "COMPREPLY=()";
    else
      out += bash_offer(v.arguments[0].completes, v.arguments[0].choices);
    out += "; fi ;;\n";
  }
  return out + "    esac\n}\ncomplete -F _bgpipectl bgpipectl\n";
}

std::string zsh_completion() {
  std::string out =
      "#compdef bgpipectl\n"
      "# zsh completion for bgpipectl: bgpipectl completion zsh > \"${fpath[1]}/_bgpipectl\"\n"
      "_bgpipectl_pipelines() {\n"
      "    local -a names\n"
      "    names=(${(f)\"$(bgpipectl ${opt_args[-s]:+-s} ${opt_args[-s]} list --names 2>/dev/null)\"})\n"
      "    compadd -a names\n"
      "}\n"
      "_bgpipectl_commands() {\n"
      "    local -a commands=(";
  for (const Verb& v : verbs()) out += "\n        " + quoted(v.name) + "':'" + quoted(v.help);
  out +=
      ")\n    _describe command commands\n}\n"
      "_bgpipectl() {\n"
      "    local state line\n"
      "    typeset -A opt_args\n"
      "    _arguments -C" +
      zsh_options(common_options()) +
      " '1: :_bgpipectl_commands' '*::argument:->rest'\n"
      "    [[ $state == rest ]] || return\n"
      "    case $line[1] in\n";
  for (const Verb& v : verbs()) {
    out += "    " + std::string(v.name) + ") _arguments" + zsh_options(v.options) + zsh_options(common_options());
    if (v.name == "help")
      out += " '1: :_bgpipectl_commands'";
    else if (!v.arguments.empty())
      out += " '1:" + std::string(v.arguments[0].name) + ":" +
             zsh_offer(v.arguments[0].completes, v.arguments[0].choices) + "'";
    out += " ;;\n";
  }
  return out +
         "    esac\n}\nif [[ $funcstack[1] == _bgpipectl ]]; then _bgpipectl \"$@\"; else compdef _bgpipectl "
         "bgpipectl; fi\n";
}

}  // namespace ctl
