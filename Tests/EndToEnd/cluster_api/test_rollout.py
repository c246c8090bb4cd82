"""Workloads by kubectl: rollout, scale, autoscale, wait."""
import json

import pytest

from cluster_api.objects import deployment, pod, pod_spec
from harness.cluster import eventually


@pytest.fixture
def web(kubectl):
    kubectl.apply(deployment("web", 2))
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    return kubectl


def _image(kubectl) -> str:
    return kubectl.value("deploy", "web", ".spec.template.spec.containers[0].image")


def test_restart_undo_and_history(web):
    before = set(web("get", "pods", "-o", "name").lines)
    assert "restarted" in web("rollout", "restart", "deployment/web").out
    assert "successfully rolled out" in web("rollout", "status", "deployment/web", "--timeout=30s").out
    eventually(lambda: not before & set(web("get", "pods", "-o", "name").lines))
    web("set", "image", "deployment/web", "app=sleep:two")
    web("annotate", "deployment/web", "kubernetes.io/change-cause=second image")
    web("rollout", "status", "deployment/web", "--timeout=30s")
    history = web("rollout", "history", "deployment/web").out
    assert [line.split()[0] for line in history.splitlines()[2:] if line] == ["1", "2", "3"]
    assert "second image" in history
    assert "sleep:two" in web("rollout", "history", "deployment/web", "--revision=3").out
    assert "rolled back" in web("rollout", "undo", "deployment/web").out
    assert _image(web) == "sleep"
    web("rollout", "status", "deployment/web", "--timeout=30s")
    web("rollout", "undo", "deployment/web", "--to-revision=3")
    assert _image(web) == "sleep:two"


def test_pause_and_resume(web):
    web("rollout", "pause", "deployment/web")
    web("set", "env", "deployment/web", "A=1")
    assert "paused" in web.refused("rollout", "restart", "deployment/web")
    eventually(lambda: len(web("get", "rs", "-o", "name").lines) == 1)
    web("rollout", "resume", "deployment/web")
    web("rollout", "status", "deployment/web", "--timeout=30s")
    assert len(web("get", "rs", "-o", "name").lines) == 2


def test_scale(web):
    web("scale", "deployment/web", "--replicas=3", "--current-replicas=2")
    web("wait", "deployment/web", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=30s")
    assert "Expected replicas to be 2" in web.refused("scale", "deployment/web", "--replicas=1", "--current-replicas=2")
    web("scale", "deployment/web", "--replicas=0")
    eventually(lambda: web("get", "pods", "-o", "name").out == "")
    shown = json.loads(web("get", "deployment", "web", "--subresource=scale", "-o", "json").out)
    assert shown["kind"] == "Scale" and shown["status"]["selector"] == "app=web"


def test_stateful_and_daemon_sets(kubectl):
    template = {"metadata": {"labels": {"app": "x"}}, "spec": pod_spec()}
    kubectl.apply(
        {
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "ordered"},
            "spec": {"replicas": 2, "serviceName": "x", "selector": {"matchLabels": {"app": "x"}}, "template": template},
        },
        {
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "everywhere"},
            "spec": {"selector": {"matchLabels": {"app": "x"}}, "template": template},
        },
    )  # fmt: skip
    for name in ["statefulset/ordered", "daemonset/everywhere"]:
        kubectl("rollout", "status", name, "--timeout=30s")
        kubectl("rollout", "restart", name)
        kubectl("rollout", "status", name, "--timeout=30s")
        assert "2" in kubectl("rollout", "history", name).out
    kubectl("get", "pods", "ordered-0", "ordered-1")
    kubectl("scale", "statefulset/ordered", "--replicas=1")
    eventually(lambda: "ordered-1" not in kubectl("get", "pods").out)
    kubectl("rollout", "undo", "daemonset/everywhere")
    assert kubectl("get", "sts,ds").lines


def test_jobs_complete_and_wait_sees_it(kubectl):
    kubectl("create", "job", "once", "--image=sleep", "--", "sleep", "0")
    kubectl("wait", "--for=condition=complete", "job/once", "--timeout=30s")
    assert kubectl("get", "job", "once").lines[1].split()[1:3] == ["Complete", "1/1"]


def test_wait(kubectl):
    kubectl.apply(pod("one"))
    assert "condition met" in kubectl("wait", "--for=condition=Ready", "pod/one", "--timeout=30s").out
    kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/one", "--timeout=30s")
    kubectl("wait", "--for=create", "pod/one", "--timeout=10s")
    assert "timed out" in kubectl.refused("wait", "--for=condition=Never", "pod/one", "--timeout=1s")
    kubectl("delete", "pod", "one", "--now", "--wait=false")
    kubectl("wait", "--for=delete", "pod/one", "--timeout=20s")


def test_taints_cordon_and_drain_change_the_node(cluster):
    node = cluster.kubectl("get", "nodes", "-o", "name").lines[0].split("/")[1]
    cluster.kubectl("cordon", node)
    assert "SchedulingDisabled" in cluster.kubectl("get", "node", node).out
    cluster.kubectl("uncordon", node)
    cluster.kubectl("taint", "node", node, "k=v:PreferNoSchedule")
    assert cluster.kubectl.value("node", node, ".spec.taints[0].key") == "k"
    cluster.kubectl("taint", "node", node, "k-")
    cluster.kubectl("label", "node", node, "zone=a")
    cluster.kubectl("label", "node", node, "zone-")


