"""Pages that are walked through command by command, as a newcomer would type them."""
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest
from harness.programs import ROOT, program

#: Each page, and words that its commands show.
PAGES = {
    "OnYourMachine.md": ("martlet up", "martlet env", "kubectl patch", "kubectl exec", "martlet down"),
    "Explain.md": ("martlet up", "martlet explain", "-o json", "-f ", "martlet down"),
    "Policies.md": ("martlet authn tls-check", "martlet x authz check", "martlet proxy-config secret", "martlet proxy-status"),
}

#: What the answers to some commands must show, whatever else.
SHOWN = {
    "martlet authn tls-check": "ratings.default.svc.cluster.local:9080",
    "martlet x authz check": "ratings-readers.default",
    "martlet proxy-config secret": "Cert Chain",
    "martlet proxy-status": "SUBSCRIBED TYPES",
}


def commands(page: str) -> list:
    """The lines of the page's shell blocks with their numbers."""
    text = (ROOT / "Documentation" / page).read_text(encoding="utf-8")
    found, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```sh"
        elif inside and line.strip():
            found.append((number, line))
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_this_test_is_for(page):
    text = " ".join(line for _, line in commands(page))
    for word in PAGES[page]:
        assert word in text


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_works(page, tmp_path):
    port = free_port()
    folder = Path(program("martlet")).parent
    environment = {
        **os.environ, "MARTLET_HOME": str(tmp_path / "home"), "HOME": str(tmp_path),
        "PATH": f"{folder}:{ROOT / '.venv/bin'}:{os.environ['PATH']}",
    }  # fmt: skip
    exports = ""
    try:
        for number, line in commands(page):
            command = line.replace("localhost:8080", f"localhost:{port}")
            command = re.sub(r"^martlet up", f"martlet up --gateway-port {port}", command)
            command = command.replace("$PWD/.build/debug", str(folder)).replace(".build/debug", str(folder))
            done = subprocess.run(
                ["bash", "-c", f"set -e; {exports}{command}"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            if done.returncode != 0:
                pytest.fail(
                    f"{page}:{number}: {line}\nended with {done.returncode}:\n{done.stdout}{done.stderr}",
                    pytrace=False,
                )
            # What a line sets for the shell holds for those after it.
            if line.startswith(("eval ", "export ")):
                exports += f"{command}; "
            if line.startswith("curl"):
                assert "Simple Bookstore App" in done.stdout
            for word, shown in SHOWN.items():
                if line.startswith(word):
                    assert shown in done.stdout, f"{line}\n{done.stdout}{done.stderr}"
            if line.startswith("martlet explain look-at-me"):
                assert "reviews spec.http[1], resourceVersion" in done.stdout, done.stdout
                assert "header end-user is absent" in done.stdout, done.stdout
    finally:
        subprocess.run([program("martlet"), "down"], env=environment, capture_output=True, timeout=60)
