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
    """A pod with a sidecar that asks what it is told to."""

    def __init__(self, kubectl, name: str = "probe"):
        self.kubectl, self.name = kubectl, name

    def create(self, labels: dict | None = None):
        script = config_map(self.name, {"probe.py": PROBE.read_text()})
        pod = deployment(self.name, labels)
        pod["spec"]["selector"]["matchLabels"] = pod["spec"]["template"]["metadata"]["labels"]
        mount(pod, self.name)
        self.kubectl.apply(script, pod)
        self.kubectl("rollout", "status", f"deployment/{self.name}", "--timeout=90s")
        return self

    def ask(self, url: str, count: int = 1, seconds: float = 60, **more) -> Answers:
        words = ["exec", f"deploy/{self.name}", "-c", "app", "--", "python3", "/scripts/probe.py"]
        return Answers(self.kubectl(*words, json.dumps({"url": url, "count": count, **more}), seconds=seconds).json)

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


def _follows(answers: Answers, pattern, weights: dict):
    assert set(answers.statuses) == {200}, answers.texts[-1]
    why = shares.complaint(answers.named(pattern), weights)
    assert why is None, why
    return answers


__all__ = ["SLEEP", "Answers", "Prober", "applied", "config_map", "echo", "eventually", "mount", "service", "split"]
