"""Rules applied with kubectl for a while, and what callers in pods see meanwhile."""
import json
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from harness import shares
from harness.cluster import eventually
from up.workloads import SLEEP, deployment

PROBE = Path(__file__).with_name("probe.py")
ECHO = Path(__file__).parents[1] / "harness" / "echo_server.py"


class Answers(list):
    """What `probe.py` printed."""

    @property
    def statuses(self) -> Counter:
        return Counter(one["status"] for one in self)

    @property
    def texts(self) -> list:
        return [one["text"] for one in self]

    def named(self, pattern) -> Counter:
        """By the first group of an expression; `?` where it is not in the text."""
        matches = [pattern.search(one["text"]) for one in self]
        return Counter(match[1] if match else "?" for match in matches)


class Prober:
    """A pod with a sidecar that asks what it is told to; `where` is another pod that has `probe.py`."""

    def __init__(self, kubectl, name: str = "probe", where: str = ""):
        self.kubectl, self.name, self.where = kubectl, name, where or f"deploy/{name}"

    def create(self, labels: dict | None = None):
        self.kubectl.apply(*self.objects(labels))
        self.kubectl("rollout", "status", f"deployment/{self.name}", "--timeout=90s", seconds=100)
        return self

    def objects(
        self, labels: dict | None = None, annotations: dict | None = None, files: dict | None = None, **spec
    ) -> list:
        """`files` are in /scripts, too; `spec` are fields of the pod's spec, such as `serviceAccountName`."""
        script = config_map(self.name, {"probe.py": PROBE.read_text(), **(files or {})})
        pod = deployment(self.name, labels, annotations)
        pod["spec"]["selector"]["matchLabels"] = pod["spec"]["template"]["metadata"]["labels"]
        pod["spec"]["template"]["spec"].update(spec)
        mount(pod, self.name)
        return [script, pod]

    def ask(self, url: str, count: int = 1, seconds: float = 60, **more) -> Answers:
        return Answers(self._told({"url": url, "count": count, **more}, seconds))

    def each(self, asked: list, statuses: list, seconds: float) -> Answers:
        """One answer for each of them, in order; asked again and again until they have these statuses, or time is over."""
        words = {"each": asked, "statuses": statuses, "seconds": seconds}
        return Answers(self._told(words, seconds + 60))

    def _told(self, what, seconds: float):
        words = ["exec", self.where, "-c", "app", "--", "python3", "/scripts/probe.py"]
        return self.kubectl(*words, json.dumps(what), seconds=seconds).json

    def delete(self):
        self.kubectl("delete", f"deployment/{self.name}", f"configmap/{self.name}", "--ignore-not-found", "--wait=false")


def config_map(name: str, data: dict) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def mount(workload: dict, name: str):
    """Puts a ConfigMap into /scripts."""
    pod = workload["spec"]["template"]["spec"]
    pod["containers"][0]["volumeMounts"] = [{"name": "scripts", "mountPath": "/scripts"}]
    pod["volumes"] = [{"name": "scripts", "configMap": {"name": name}}]


def echo(name: str, labels: dict, tries: str | None = None) -> list:
    """A Deployment of one echo server on port 8080, named after itself."""
    server = {"name": name, "address": "0.0.0.0", "ports": [8080], **({"tries": tries} if tries else {})}
    workload = deployment(name, labels, command=["python3", "/scripts/echo_server.py", "/scripts/server.json"])
    workload["spec"]["selector"]["matchLabels"] = labels
    workload["spec"]["template"]["metadata"]["labels"] = labels
    workload["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {
        "tcpSocket": {"port": 8080}, "periodSeconds": 1,
    }  # fmt: skip
    mount(workload, name)
    return [config_map(name, {"echo_server.py": ECHO.read_text(), "server.json": json.dumps([server])}), workload]


def service(name: str, selector: dict, port: int = 80, target: int = 8080) -> dict:
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": selector, "ports": [{"name": "http", "port": port, "targetPort": target}]},
    }  # fmt: skip


@contextmanager
def applied(kubectl, *files):
    """The files as they are, until the end of the block."""
    try:
        for file in files:
            kubectl("apply", "-f", file)
        yield
    finally:
        for file in reversed(files):
            kubectl("delete", "--ignore-not-found", "-f", file)


def split(ask, pattern, weights: dict, count: int = 120):
    """`ask(count)` gives answers that follow `weights`, by what `pattern` finds in them; soon, and then for good."""
    answers = eventually(lambda: _follows(ask(40), pattern, weights), 10)
    assert answers
    again = ask(count)
    assert set(again.statuses) == {200}, again.texts[-1]
    why = shares.complaint(again.named(pattern), weights)
    assert why is None, why


def sees(prober: Prober, base: str, expected: dict, seconds: float = 15, headers: dict | None = None) -> list:
    """`expected` is {"GET /path": status}, and None for no answer at all: so it is for the prober, soon. Its answers."""
    return _judged(prober, [(call, base, call, headers or {}, status) for call, status in expected.items()], seconds)


def sees_with(prober: Prober, url: str, expected: list, seconds: float = 15) -> list:
    """The same for one URL, where `expected` is [(headers, status)]."""
    return _judged(prober, [(str(headers), url, "GET /", headers, status) for headers, status in expected], seconds)


def _judged(prober: Prober, calls: list, seconds: float) -> list:
    asked, statuses = [], [status for *_, status in calls]
    for _, base, call, headers, _ in calls:
        method, path = call.split()
        asked.append({"url": base + path, "method": method, "headers": headers, "patience": 5})
    answers = prober.each(asked, statuses, seconds)
    wrong = [
        f"{what}: {one['status']} in place of {status}: {one['text'][:200]}"
        for (what, *_, status), one in zip(calls, answers) if one["status"] != status
    ]  # fmt: skip
    assert not wrong, f"{prober.name} to {calls[0][1]}: " + "\n".join(wrong)
    return list(answers)


def _follows(answers: Answers, pattern, weights: dict):
    assert set(answers.statuses) == {200}, answers.texts[-1]
    why = shares.complaint(answers.named(pattern), weights)
    assert why is None, why
    return answers


__all__ = [
    "SLEEP", "Answers", "Prober", "applied", "config_map", "echo", "eventually", "mount", "sees", "sees_with", "service",
    "split",
]  # fmt: skip
