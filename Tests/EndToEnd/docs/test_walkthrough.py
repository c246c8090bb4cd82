"""Documentation/OnYourMachine.md, command by command, as a newcomer would type it."""
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest
from harness.programs import ROOT, program

PAGE = ROOT / "Documentation" / "OnYourMachine.md"


def commands() -> list:
    """The lines of the page's shell blocks with their numbers."""
    found, inside = [], False
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```sh"
        elif inside and line.strip():
            found.append((number, line))
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_the_page_shows_what_this_test_is_for():
    text = " ".join(line for _, line in commands())
    for word in ("martlet up", "martlet env", "kubectl patch", "kubectl exec", "martlet down"):
        assert word in text


def test_every_command_of_the_page_works(tmp_path):
    port = free_port()
    folder = Path(program("martlet")).parent
    environment = {
        **os.environ, "MARTLET_HOME": str(tmp_path / "home"), "HOME": str(tmp_path),
        "PATH": f"{folder}:{ROOT / '.venv/bin'}:{os.environ['PATH']}",
    }  # fmt: skip
    exports = ""
    try:
        for number, line in commands():
            command = line.replace("localhost:8080", f"localhost:{port}")
            command = re.sub(r"^martlet up", f"martlet up --gateway-port {port}", command)
            done = subprocess.run(
                ["bash", "-c", f"set -e; {exports}{command}"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            if done.returncode != 0:
                pytest.fail(
                    f"{PAGE.name}:{number}: {line}\nended with {done.returncode}:\n{done.stdout}{done.stderr}",
                    pytrace=False,
                )
            # What a line sets for the shell holds for those after it.
            if line.startswith("eval "):
                exports += f"{command}; "
            if line.startswith("curl"):
                assert "Simple Bookstore App" in done.stdout
    finally:
        subprocess.run([program("martlet"), "down"], env=environment, capture_output=True, timeout=60)
