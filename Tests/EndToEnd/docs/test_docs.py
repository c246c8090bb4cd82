"""Commands that the documentation shows are real: `martlet` ones are run, `make` verbs are in the Makefile."""
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.programs import ROOT, program

#: What `martlet` can be asked without a mesh that runs.
RUN = {"simulate", "validate", "v", "version", "fields"}
#: What needs a mesh that runs: `test_walkthrough.py` runs them, here their options are checked.
WALKED = {"up", "down", "env", "explain", "kube-inject", "proxy-status", "proxy-config secret"}
#: What can be asked of a mesh that runs, or of files (`-f`) without one.
EITHER = {"authn tls-check", "x authz check"}
PROGRAM = re.compile(r"(?:\.build/debug/|\.build-release/release/)?(martlet|martletd|martlet-proxy)$")
ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")


@dataclass(frozen=True)
class Command:
    page: str
    line: int
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}: {self.text}"


def pages() -> list[Path]:
    named = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Samples/README.md")]
    return [page for page in named if page.exists()] + sorted((ROOT / "Documentation").rglob("*.md"))


def code_lines(text: str):
    """Lines of fenced and of indented code blocks with their numbers."""
    fence, was_blank, is_code = None, True, False
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r" {0,3}(```+|~~~+)", line)
        if fence:
            if mark and mark.group(1).startswith(fence):
                fence = None
            else:
                yield number, line.strip()
        elif mark:
            fence, is_code = mark.group(1), False
        else:
            is_code = line.startswith("    ") and bool(line.strip()) and (was_blank or is_code)
            if is_code:
                yield number, line.strip()
        was_blank = not line.strip()


def commands_of(page: str, text: str) -> list[Command]:
    """Lines that call `make` or one of our programs; a backslash at the end joins the next line."""
    found, begun = [], None
    for number, line in code_lines(text):
        if begun:
            number, line = begun[0], f"{begun[1]} {line}"
            begun = None
        if line.endswith("\\"):
            begun = number, line[:-1].strip()
            continue
        line = line.removeprefix("$ ").removeprefix("# ").strip()
        words = line.split()
        while words and ASSIGNMENT.match(words[0]):
            words.pop(0)
        if words and (words[0] == "make" or words[0].startswith((".build/debug/martlet", "martlet"))):
            found.append(Command(page, number, line))
    return found


def shown() -> list[Command]:
    return [
        command
        for page in pages()
        for command in commands_of(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8"))
    ]


def fail(reason: str):
    pytest.fail(reason, pytrace=False)


def words_of(command: Command) -> list[str]:
    try:
        words = shlex.split(command.text, comments=True)
    except ValueError as error:
        fail(f"{command}\nis no shell command: {error}")
    return [word for index, word in enumerate(words) if not all(map(ASSIGNMENT.match, words[: index + 1]))]


def help_of(name: str, *subcommand: str) -> str:
    done = subprocess.run([program(name), *subcommand, "--help"], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def check_options(command: Command, name: str, words: list[str], *subcommand: str):
    text = help_of(name, *subcommand)
    for word in words:
        option = re.match(r"\[?(--[a-z][a-z-]*)", word)
        if option and not re.search(rf"{option.group(1)}\b(?!-)", text):
            fail(f"{command}\n{name} has no option {option.group(1)}; it has:\n{text}")


def check_make(command: Command, words: list[str]):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"^([a-z][\w-]*):", makefile, re.M))
    for word in words[1:]:
        if ASSIGNMENT.match(word):
            name = word.split("=")[0]
            if f"$({name})" not in makefile:
                fail(f"{command}\nthe Makefile reads no variable {name}")
        elif word not in verbs:
            fail(f"{command}\nmake has no verb {word!r}; it has {', '.join(sorted(verbs))}")


def check_martlet(command: Command, words: list[str]):
    if len(words) > 1 and words[1].startswith("-"):
        return check_options(command, "martlet", words)
    known = RUN | WALKED | EITHER
    name = next((name for name in known if words[1 : 1 + len(name.split())] == name.split()), "")
    rest = words[1 + len(name.split()) :]
    if not name:
        fail(f"{command}\nis no subcommand that this test knows; it knows {', '.join(sorted(known))}")
    if name in WALKED or (name in EITHER and "-f" not in words):
        return check_options(command, "martlet", rest, *name.split())
    if any(word.startswith("[") or word.endswith("...") for word in words):
        # A synopsis, which nobody can type.
        return check_options(command, "martlet", rest, *name.split())
    text = command.text.replace(words[0], shlex.quote(str(program("martlet"))), 1)
    done = subprocess.run(
        ["bash", "-c", text], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    output = f"{done.stdout}{done.stderr}"
    if done.returncode != 0:
        fail(f"{command}\nended with status {done.returncode}:\n{output}")
    if name == "simulate" and not any(cluster in done.stdout for cluster in ("outbound|", "inbound|")):
        fail(f"{command}\nreaches no service of the mesh, so it shows nothing:\n{output}")


@pytest.mark.parametrize("command", shown(), ids=str)
def test_command_in_the_documentation_works(command):
    words = words_of(command)
    known = PROGRAM.match(words[0])
    if words[0] == "make":
        check_make(command, words)
    elif known is None:
        fail(f"{command}\n{words[0]!r} is no program of this project: martlet, martletd, martlet-proxy")
    elif known.group(1) == "martlet":
        check_martlet(command, words)
    else:
        check_options(command, known.group(1), words[1:])


def test_documentation_shows_commands():
    """The search itself works: nothing found would pass everything."""
    pages_with = {command.page for command in shown() if command.text.startswith("make ")}
    assert {"README.md", "CONTRIBUTING.md"} <= pages_with


def test_blocks_are_told_from_prose():
    text = (
        "make prose\n\n    make indented # why\n\nlist\n    make lazy\n\n"
        "```sh\n$ make fenced\nA=1 martlet version \\\n  --short\n```\n"
    )
    found = [(command.line, command.text) for command in commands_of("p", text)]
    assert found == [(3, "make indented # why"), (9, "make fenced"), (10, "A=1 martlet version --short")]
