"""An operator in kopf: it watches a custom kind, writes status, holds finalizers and posts events."""
import os
import sys
from pathlib import Path

import pytest

from cluster_api.objects import definition, widget
from harness.cluster import eventually
from harness.programs import ROOT, Child


@pytest.fixture
def operator(kubectl, tmp_path):
    group = f"k{kubectl.namespace}.example.com"
    kubectl.apply(definition(group))
    kubectl("wait", "--for=condition=established", f"crd/widgets.{group}", "--timeout=10s")
    script = Path(__file__).with_name("widget_operator.py")
    child = Child(
        "kopf", [ROOT / ".venv/bin/kopf", "run", "--standalone", "-n", kubectl.namespace, script], tmp_path / "kopf.log",
        env={"KUBECONFIG": str(kubectl.kubeconfig), "WIDGET_GROUP": group, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    child.wait_until(lambda: "Starting the watch-stream" in child.text() or "Initial authentication" in child.text(), 20, "a start")
    yield group, child
    child.stop()
    kubectl.run("patch", f"widgets.{group}", "one", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    kubectl("delete", "crd", f"widgets.{group}", "--wait=false")


def test_a_widget_from_its_creation_to_its_end(kubectl, operator):
    group, child = operator
    kind = f"widgets.{group}"
    kubectl.apply(widget(group, "one"))
    eventually(lambda: kubectl.value(kind, "one", ".status.phase") == "Made", 20)
    shown = kubectl.get(kind, "one")
    assert shown["metadata"]["finalizers"] == ["widgets.example.com/finalizer"]
    assert shown["status"]["created"] == {"child": "one-made"}
    made = kubectl.get("cm", "one-made")
    assert made["data"] == {"size": "3"} and made["metadata"]["ownerReferences"][0]["name"] == "one"
    eventually(lambda: "made one-made" in kubectl("events", "--for", f"widget.{group}/one").out)
    kubectl("patch", kind, "one", "--type=merge", "-p", '{"spec":{"size":5}}')
    eventually(lambda: kubectl.value("cm", "one-made", ".data.size") == "5", 20)
    eventually(lambda: kubectl.value(kind, "one", ".status.phase") == "Resized from 3", 20)
    kubectl("delete", kind, "one", "--timeout=20s")
    kubectl("get", "cm", "one-gone")
    eventually(lambda: "not found" in kubectl.run("get", "cm", "one-made").err)
    assert "Traceback" not in child.text(100_000), child.text()
