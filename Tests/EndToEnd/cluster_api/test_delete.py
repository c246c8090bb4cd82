"""kubectl delete in all its forms, finalizers and the garbage collector."""
import json

from cluster_api.objects import config_map, deployment, pod
from harness.cluster import eventually, manifest


def _names(kubectl, kind) -> list:
    return [line.split("/")[1] for line in kubectl("get", kind, "-o", "name").lines]


def test_by_name_file_label_and_all(kubectl, tmp_path):
    kubectl.apply(*(config_map(name, labels={"g": name[0]}) for name in ["a1", "a2", "b1", "b2", "c1", "c2"]))
    assert 'configmap "a1" deleted' in kubectl("delete", "cm", "a1").out
    kubectl("delete", "-f", "-", stdin=manifest(config_map("a2")))
    kubectl("delete", "cm", "-l", "g=b")
    assert _names(kubectl, "cm") == ["c1", "c2", "istio-ca-root-cert", "kube-root-ca.crt"]
    assert "not found" in kubectl.refused("delete", "cm", "a1")
    kubectl("delete", "cm", "a1", "--ignore-not-found")
    kubectl("delete", "cm", "--field-selector=metadata.name!=kube-root-ca.crt,metadata.name!=istio-ca-root-cert")
    assert _names(kubectl, "cm") == ["istio-ca-root-cert", "kube-root-ca.crt"]
    kubectl("create", "secret", "generic", "one")
    kubectl("delete", "secrets", "--all")
    assert _names(kubectl, "secrets") == []


def test_cascades(kubectl):
    for cascade in ["background", "foreground"]:
        kubectl.apply(deployment("web", 2))
        kubectl("rollout", "status", "deployment/web", "--timeout=30s")
        kubectl("delete", "deployment", "web", f"--cascade={cascade}", "--timeout=30s")
        eventually(lambda: _names(kubectl, "rs") == [] and _names(kubectl, "pods") == [])
    kubectl.apply(deployment("web", 1))
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    kubectl("delete", "deployment", "web", "--cascade=orphan")
    eventually(lambda: "ownerReferences" not in json.dumps(kubectl("get", "rs", "-o", "json").json))
    assert len(_names(kubectl, "rs")) == 1 and len(_names(kubectl, "pods")) == 1


def test_finalizers_hold_and_wait_waits(kubectl):
    kubectl.apply(config_map("held", finalizers=["example.com/hold"]))
    kubectl("delete", "cm", "held", "--wait=false")
    assert kubectl.get("cm", "held")["metadata"]["deletionTimestamp"]
    assert "timed out" in kubectl.refused("wait", "--for=delete", "cm/held", "--timeout=1s")
    kubectl("patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    kubectl("wait", "--for=delete", "cm/held", "--timeout=10s")
    assert "not found" in kubectl.refused("get", "cm", "held")


def test_pods_get_their_grace_or_none(kubectl):
    kubectl.apply(pod("now"), pod("forced"), pod("slow"))
    kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=30s")
    kubectl("delete", "pod", "now", "--now")
    assert "force deleted" in kubectl("delete", "pod", "forced", "--force", "--grace-period=0").out
    kubectl("delete", "pod", "slow", "--timeout=20s")
    assert _names(kubectl, "pods") == []


def test_eviction_is_a_deletion(kubectl):
    kubectl.apply(pod("one"))
    kubectl("wait", "--for=condition=Ready", "pod/one", "--timeout=30s")
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "one", "namespace": kubectl.namespace}}
    path = f"/api/v1/namespaces/{kubectl.namespace}/pods/one/eviction"
    assert '"Success"' in kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(body)).out
    kubectl("wait", "--for=delete", "pod/one", "--timeout=20s")


def test_a_namespace_goes_with_all_that_is_in_it(cluster, kubectl):
    name = kubectl.namespace + "-b"
    cluster.kubectl("create", "namespace", name)
    inside = cluster.kubectl.within(name)
    inside.apply(config_map("one"), deployment("web", 1))
    cluster.kubectl("delete", "namespace", name, "--timeout=30s")
    assert "not found" in cluster.kubectl.refused("get", "namespace", name)
    assert inside("get", "cm,deploy,rs,pods", "-o", "name").out == ""
    assert "may not be deleted" in cluster.kubectl.refused("delete", "namespace", "kube-system")
