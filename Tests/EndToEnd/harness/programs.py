"""Where the programs under test are, and children that never outlive the test."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SAMPLE_DATA = ROOT.parent / "shared" / "data"

#: The uid that iptables lets past the capture, as in an injected pod.
PROXY_UID = 1337


def program(name: str) -> Path:
    """MARTLET_BIN names another folder with the programs (a release build, say)."""
    folder = Path(os.environ.get("MARTLET_BIN", ROOT / ".build" / "debug"))
    path = folder / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is not built: run `make build`")
    return path.resolve()


def envoy_binary() -> Path:
    found = sorted((ROOT / ".venv" / "lib").glob("python3*/site-packages/envoy/_bin/envoy"))
    if not found:
        raise FileNotFoundError("no Envoy in .venv: run `make setup`")
    return found[0]


def free_port() -> int:
    """A port of the loopback that nobody listens on at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Scratch:
    """A folder under /tmp that the proxy's uid can read and write; removed at the end."""

    def __init__(self, name: str):
        self.path = Path(tempfile.mkdtemp(prefix=f"martlet-{name}-"))
        self.path.chmod(0o755)

    def folder(self, name: str, owner: int | None = None) -> Path:
        path = self.path / name
        path.mkdir(exist_ok=True)
        if owner is not None and os.geteuid() == 0:
            os.chown(path, owner, owner)
        return path

    def reachable(self, path: Path) -> Path:
        """`path`, or a copy of it when other users cannot get there (a clone below /root)."""
        if all(parent.stat().st_mode & 0o001 for parent in path.parents):
            return path
        copy = self.folder("bin") / path.name
        if not copy.exists():
            shutil.copy2(path, copy)
            copy.chmod(0o755)
        return copy

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Child:
    """A process with its output in a file. `stop` is bounded: SIGTERM, then SIGKILL."""

    def __init__(self, name: str, command: list, log: Path, env: dict | None = None, stdin=subprocess.DEVNULL):
        self.name, self.log = name, log
        self.output = open(log, "ab")
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def text(self, last: int = 4000) -> str:
        data = self.log.read_bytes()
        return data[-last:].decode("utf-8", "replace")

    def wait_until(self, ready, seconds: float, what: str):
        """Polls `ready` until it gives a true value, and gives that."""
        deadline = time.monotonic() + seconds
        while True:
            value = ready()
            if value:
                return value
            if not self.alive():
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.text()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: {what} not within {seconds} s:\n{self.text()}")
            time.sleep(0.02)

    def stop(self, seconds: float = 10, signal_number: int = signal.SIGTERM):
        started = descendants(self.process.pid) if self.alive() else []
        if self.alive():
            self.process.send_signal(signal_number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        # The agent's Envoy goes with the agent.
        for pid in started:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.output.close()


def descendants(pid: int) -> list:
    found, waiting = [], [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*"):
            try:
                children = [int(child) for child in (task / "children").read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
            found += children
            waiting += children
    return found
