"""A cluster of `martlet up`, and the real kubectl as its client."""
import json
import os
import queue
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from harness.programs import ROOT, Child, program

KUBECTL = ROOT / ".venv" / "bin" / "kubectl"


@dataclass
class Output:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self) -> list:
        return [line.rstrip() for line in self.out.splitlines() if line.strip()]

    def __str__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


class Kubectl:
    """kubectl with one kubeconfig and one namespace; `home` holds its caches and nothing of the developer's.

    A file with objects of several namespaces is applied within none, "".
    """

    def __init__(self, kubeconfig: Path, home: Path, namespace: str = "default"):
        self.kubeconfig, self.home, self.namespace = Path(kubeconfig), home, namespace

    def within(self, namespace: str) -> "Kubectl":
        return Kubectl(self.kubeconfig, self.home, namespace)

    @property
    def environment(self) -> dict:
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return {**kept, "KUBECONFIG": str(self.kubeconfig), "HOME": str(self.home)}

    def command(self, words) -> list:
        where = ["--namespace", self.namespace] if self.namespace else []
        return [str(KUBECTL), *where, *map(str, words)]

    def run(self, *words, stdin: str = "", env: dict | None = None, seconds: float = 30) -> Output:
        """Whatever it ends with."""
        done = subprocess.run(
            self.command(words), input=stdin, capture_output=True, text=True, timeout=seconds,
            env={**self.environment, **(env or {})},
        )  # fmt: skip
        return Output(done.returncode, done.stdout, done.stderr)

    def __call__(self, *words, **options) -> Output:
        """It must succeed."""
        output = self.run(*words, **options)
        assert output.code == 0, f"kubectl {' '.join(map(str, words))}: {output}"
        return output

    def refused(self, *words, **options) -> str:
        """It must fail; the words it fails with."""
        output = self.run(*words, **options)
        assert output.code != 0, f"kubectl {' '.join(map(str, words))} did not fail: {output}"
        return output.err

    def started(self, *words) -> "Running":
        """It goes on until it is stopped."""
        return Running(self.command(words), self.environment)

    def apply(self, *objects, **options) -> Output:
        return self("apply", "-f", "-", stdin=manifest(*objects), **options)

    def get(self, kind: str, name: str) -> dict:
        return self("get", kind, name, "-o", "json").json

    def value(self, kind: str, name: str, path: str) -> str:
        return self("get", kind, name, "-o", f"jsonpath={{{path}}}").out


class Running:
    """A kubectl that does not end by itself, such as a watch; its lines come with a limit in time."""

    def __init__(self, command: list, environment: dict):
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip())

    def line(self, seconds: float = 10) -> str:
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"{' '.join(self.process.args)}: no line within {seconds} s") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def manifest(*objects) -> str:
    return "\n---\n".join(json.dumps(one) for one in objects)


def stalled() -> float:
    """Seconds since the boot in which something that could run waited for a processor; 0 where Linux does not say.

    A limit in time is for a machine with room: what others' work took is added to it.
    """
    try:
        return int(re.search(r"^some .* total=(\d+)", Path("/proc/pressure/cpu").read_text(), re.MULTILINE)[1]) / 1e6
    except (OSError, TypeError):
        return 0.0


def eventually(check, seconds: float = 20):
    """`check` until it gives a true value; its last failure is the test's."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if value := check():
                return value
            failure = AssertionError(f"still {value!r} after {seconds} s")
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure
        time.sleep(0.05)


class Cluster:
    """One `martlet up` in a folder of its own; `arguments` are more words of its command line."""

    def __init__(self, folder: Path, seconds: float = 60, arguments=()):
        self.folder, self.home = folder, folder / "home"
        self.arguments = arguments
        self.start(seconds)
        caches = folder / "kubectl"
        caches.mkdir(exist_ok=True)
        self.kubectl = Kubectl(self.kubeconfig, caches)

    def start(self, seconds: float = 60):
        """Again, when it was stopped: with the same home."""
        begun = time.monotonic()
        self.child = Child("martlet up", self.command(), self.folder / "up.log", env={"KUBECONFIG": ""})
        # The log goes on; what counts is what this start says.
        skipped = self.child.log.stat().st_size

        def said() -> dict:
            text = self.child.log.read_bytes()[skipped:].decode("utf-8", "replace")
            lines = dict(re.findall(r"^(kubeconfig|gateway|dashboard): (.+)$", text, re.MULTILINE))
            return lines if len(lines) == 3 else {}

        lines = self.child.wait_until(said, seconds, "kubeconfig, gateway and dashboard")
        #: Until everything answered, in seconds.
        self.start_seconds = time.monotonic() - begun
        self.kubeconfig = Path(lines["kubeconfig"])
        self.gateway, self.dashboard = lines["gateway"], lines["dashboard"]

    def command(self) -> list:
        return [program("martlet"), "up", "--home", self.home, "--gateway-port", "0", *self.arguments]

    @property
    def gateway_port(self) -> int:
        return urlsplit(self.gateway).port

    def stop(self):
        self.child.stop(30)
