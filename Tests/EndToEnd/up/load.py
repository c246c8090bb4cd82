"""Steady load, from outside through the gateway or from a pod, with every answer kept."""
import http.client
import re
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass

VERSION = re.compile(r"(reviews|recommendation)-(v\d)-")


@dataclass(frozen=True)
class Answer:
    #: time.time() when it was there
    at: float
    #: None when there was no answer
    status: int | None
    #: the response header x-step, which the rules under test set
    step: str
    text: str

    @property
    def version(self) -> str:
        found = VERSION.search(self.text)
        return found[2] if found else "?"


class Load:
    """Answers in the order of their coming. A context: at its end no request may have failed."""

    def __init__(self):
        self.answers: list = []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            assert self.failures() == [], self.complaint()

    def failures(self) -> list:
        return [one for one in self.answers if one.status != 200]

    def complaint(self) -> str:
        failed = self.failures()
        first = self.answers[0].at
        shown = "\n".join(f"  {one.at - first:7.2f} s  {one.status}  {one.text[:160]}" for one in failed[:12])
        pairs = zip(self.answers, self.answers[1:])
        gap, since = max(((after.at - before.at, before.at - first) for before, after in pairs), default=(0, 0))
        return (
            f"{len(failed)} of {len(self.answers)} requests failed:\n{shown}\n"
            f"  first {first:.2f}, last after {self.answers[-1].at - first:.2f} s, longest silence {gap:.2f} s"
            f" from {since:.2f} s on"
        )

    def since(self, moment: float) -> list:
        return [one for one in self.answers if one.at >= moment]

    def versions(self, moment: float) -> Counter:
        return Counter(one.version for one in self.since(moment))

    def wait_for(self, check, seconds: float, what: str):
        """The first value of `check(self)` that is true."""
        deadline = time.monotonic() + seconds
        while not (value := check(self)):
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s; last {self.answers[-3:]}"
            time.sleep(0.01)
        return value

    def wait_for_count(self, count: int, since: float, seconds: float = 60) -> list:
        return self.wait_for(
            lambda load: len(load.since(since)) >= count and load.since(since), seconds, f"{count} answers"
        )

    def stop(self):
        raise NotImplementedError


class GatewayLoad(Load):
    """`rate` requests in a second through the ingress gateway, on `connections` kept connections."""

    def __init__(self, port: int, path: str, rate: float = 40, connections: int = 4, headers: dict | None = None):
        super().__init__()
        self.port, self.path, self.headers = port, path, headers or {}
        self.ending = threading.Event()
        interval = connections / rate
        self.threads = [
            threading.Thread(target=self._call, args=(interval, interval * number / connections), daemon=True)
            for number in range(connections)
        ]
        for thread in self.threads:
            thread.start()

    def _call(self, interval: float, offset: float):
        connection = None
        due = time.monotonic() + offset
        while not self.ending.wait(max(0.0, due - time.monotonic())):
            due = max(due + interval, time.monotonic())
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
                connection.request("GET", self.path, headers=self.headers)
                answer = connection.getresponse()
                text = answer.read().decode("utf-8", "replace")
                self.answers.append(Answer(time.time(), answer.status, answer.getheader("x-step") or "-", text))
                if answer.will_close:
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                self.answers.append(Answer(time.time(), None, "-", f"{type(error).__name__}: {error}"))
                connection = None

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(20)


class PodLoad(Load):
    """What `caller.py` prints in a pod, followed by `kubectl logs -f`."""

    def __init__(self, kubectl, pod: str, container: str = "app"):
        super().__init__()
        # From now on: an earlier test may have used the pod.
        self.follower = subprocess.Popen(
            kubectl.command(["logs", "-f", "--tail=0", pod, "-c", container]),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=kubectl.environment,
        )  # fmt: skip
        self.strangers: list = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.follower.stdout:
            parts = line.rstrip("\n").split(" ", 3)
            try:
                status = None if parts[1] == "-" else int(parts[1])
                self.answers.append(Answer(float(parts[0]), status, parts[2], parts[3] if len(parts) > 3 else ""))
            except (ValueError, IndexError):
                self.strangers.append(line)

    def stop(self):
        self.follower.terminate()
        try:
            self.follower.wait(5)
        except subprocess.TimeoutExpired:
            self.follower.kill()
            self.follower.wait()
        self.reader.join(5)
        assert not self.strangers, self.strangers[:5]
