"""Writes the completions of a tool for a shell from what its --help says, so that the two agree.

Usage: generate.py bash|zsh|fish OUT PROGRAM
"""

import os
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"--[a-z][a-z0-9-]*")
# "  --relay HOST     the relay": names, maybe a value, maybe words.
LINE = re.compile(r"^  (--[a-z][a-z0-9-]*(?:,? --[a-z][a-z0-9-]*)*)(?: ([A-Z][A-Za-z.:]*))?(?:\s+(\S.*))?$")
NESTED = re.compile(r"^(?:Usage:|      ) \S+ ((?:[a-z][a-z-]*(?:\|[a-z][a-z-]*)* ?)+)(.*)$")
FILES = re.compile(r"FILE|SCRIPT")


class Option:
    def __init__(self, name, value, words):
        self.name, self.value, self.words = name, value or "", words or ""

    @property
    def kind(self):
        if self.value == "DIR":
            return "folder"
        if FILES.match(self.value):
            return "file"
        return "value" if self.value else "none"


def read_options(text):
    """In the order of the text; the first line of each one's words."""
    options = {}
    last = None
    for line in text.splitlines():
        found = LINE.match(line)
        if not found:
            if last and not last.words and line.startswith(" " * 10):
                last.words = line.strip()
            last = None
            continue
        names, value, words = found.groups()
        names = OPTION.findall(names)
        for name in names:
            last = options.setdefault(name, Option(name, value if len(names) == 1 else "", words))
    return list(options.values())


def read_commands(text):
    """{"helper": {"add": ["--state", ...]}, "serve": {}}; {} for a tool without commands."""
    commands = {}
    for line in text.splitlines():
        found = NESTED.match(line)
        if not found:
            continue
        words = found.group(1).split()
        seconds = words[1].split("|") if len(words) > 1 else []
        commands.setdefault(words[0], {})
        for second in seconds:
            commands.setdefault(words[0], {})[second] = OPTION.findall(found.group(2))
    for optional in re.findall(r"^Usage: \S+ \[([a-z]+)\]", text, re.M):
        commands.setdefault(optional, {})
    return commands


def one_line(words):
    """So much of it as makes sense alone, without what shells would take for their own."""
    words = words.split(";")[0].split(":")[0]
    if words.count("(") > words.count(")"):
        words = words[:words.rindex("(")]
    for ours, plain in (("'", "’"), ('"', ""), ("[", "("), ("]", ")"), ("\\", "")):
        words = words.replace(ours, plain)
    return words.strip().rstrip(",.")


def names_of(options):
    return " ".join(option.name for option in options)


def cases(options, kind):
    return "|".join(option.name for option in options if option.kind == kind) or "-"


def bash(tool, options, commands):
    function = "_" + tool.replace("-", "_")
    lines = [f"# bash completion of {tool}; made from its --help.", f"{function}()", "{",
             '\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}',
             "\tCOMPREPLY=()",
             '\tcase "$before" in',
             f"\t{cases(options, 'file')})",
             "\t\ttype compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null",
             '\t\tmapfile -t COMPREPLY < <(compgen -f -- "$word")', "\t\treturn ;;",
             f"\t{cases(options, 'folder')})",
             "\t\ttype compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null",
             '\t\tmapfile -t COMPREPLY < <(compgen -d -- "$word")', "\t\treturn ;;",
             f"\t{cases(options, 'value')})", "\t\treturn ;;", "\tesac",
             f"\tlocal choices='{names_of(options)}'"]
    if commands:
        lines += ['\tcase "${COMP_WORDS[1]}/$COMP_CWORD" in',
                  f"\t*/1) choices+=' {' '.join(commands)}' ;;"]
        for command, nested in commands.items():
            if not nested:
                continue
            lines.append(f"\t{command}/2) choices='{' '.join(nested)}' ;;")
            lines.append(f"\t{command}/*)")
            lines.append('\t\tcase "${COMP_WORDS[2]}" in')
            lines += [f"\t\t{name}) choices='{' '.join(own)}' ;;" for name, own in nested.items()]
            lines += ["\t\t*) choices= ;;", "\t\tesac ;;"]
        lines.append("\tesac")
    lines += ['\tmapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")', "}",
              f"complete -F {function} {tool}"]
    return "\n".join(lines) + "\n"


def zsh_spec(option):
    value = option.value.replace(":", " ")
    action = {"none": "", "value": f":{value}: ", "file": f":{value}:_files",
              "folder": f":{value}:_files -/"}[option.kind]
    return f"'{option.name}[{one_line(option.words) or option.name[2:]}]{action}'"


def zsh(tool, options, commands):
    lines = [f"#compdef {tool}", "# Made from its --help.", ""]
    specs = " \\\n    ".join(zsh_spec(option) for option in options)
    if not commands:
        return "\n".join(lines + [f"_arguments \\\n    {specs}", ""])
    by_name = {option.name: option for option in options}
    lines.append("case $words[2] in")
    for command, nested in commands.items():
        if not nested:
            continue
        lines += [f"{command})", "  if (( CURRENT == 3 )); then",
                  f"    compadd -- {' '.join(nested)}", "  else", "    case $words[3] in"]
        for name, own in nested.items():
            mine = " ".join(zsh_spec(by_name.get(o, Option(o, "FILE" if "file" in o else "", ""))) for o in own)
            lines.append(f"    {name}) " + (f"_arguments {mine} ;;" if mine else ";;"))
        lines += ["    esac", "  fi", "  ;;"]
    lines += ["*)", f"  (( CURRENT == 2 )) && compadd -- {' '.join(commands)}",
              f"  _arguments \\\n    {specs}", "  ;;", "esac", ""]
    return "\n".join(lines)


def fish_option(tool, option, condition=""):
    takes = {"none": " -f", "value": " -x", "file": " -r -F", "folder": " -x -a '(__fish_complete_directories)'"}
    when = f" -n '{condition}'" if condition else ""
    words = one_line(option.words)
    return (f"complete -c {tool}{when} -l {option.name[2:]}{takes[option.kind]}"
            + (f" -d '{words}'" if words else ""))


def fish(tool, options, commands):
    lines = [f"# fish completion of {tool}; made from its --help.", f"complete -c {tool} -f"]
    nested = [command for command, own in commands.items() if own]
    outside = f"not __fish_seen_subcommand_from {' '.join(nested)}" if nested else ""
    lines += [fish_option(tool, option, outside) for option in options]
    by_name = {option.name: option for option in options}
    if commands:
        lines.append(f"complete -c {tool} -n __fish_is_first_arg -a '{' '.join(commands)}'")
    for command in nested:
        names = " ".join(commands[command])
        inside = f"__fish_seen_subcommand_from {command}"
        lines.append(f"complete -c {tool} -n '{inside}; and not __fish_seen_subcommand_from {names}' -a '{names}'")
        for name, own in commands[command].items():
            for option in own:
                known = by_name.get(option, Option(option, "FILE" if "file" in option else "", ""))
                lines.append(fish_option(tool, known, f"{inside}; and __fish_seen_subcommand_from {name}"))
    return "\n".join(lines) + "\n"


def main(shell, out, program):
    done = subprocess.run([program, "--help"], check=True, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C", "LANGUAGE": ""})
    options, commands = read_options(done.stdout), read_commands(done.stdout)
    # What is named elsewhere in the text is an option as well, of which no more is known.
    known = {option.name for option in options}
    known |= {option for nested in commands.values() for own in nested.values() for option in own}
    options += [Option(name, "", "") for name in dict.fromkeys(OPTION.findall(done.stdout)) if name not in known]
    tool = pathlib.Path(program).name
    write = {"bash": bash, "zsh": zsh, "fish": fish}[shell]
    pathlib.Path(out).write_text(write(tool, options, commands))


if __name__ == "__main__":
    main(*sys.argv[1:])
