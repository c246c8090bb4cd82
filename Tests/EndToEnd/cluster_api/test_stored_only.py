"""Kinds that are kept so that manifests apply, and that nothing acts on: whoever makes one is told."""
import pytest

from cluster_api.objects import config_map

KINDS = [
    ("networking.k8s.io/v1", "Ingress", {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}),
    ("networking.k8s.io/v1", "NetworkPolicy", {"podSelector": {}}),
    ("batch/v1", "CronJob", {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "a", "image": "sleep", "command": ["true"]}],
    }}}}}),
    ("policy/v1", "PodDisruptionBudget", {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}),
    ("autoscaling/v2", "HorizontalPodAutoscaler", {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 3,
    }),
]  # fmt: skip


@pytest.mark.parametrize("version, kind, spec", KINDS)
def test_a_kind_that_is_only_stored_says_so_once(kubectl, version, kind, spec):
    one = {"apiVersion": version, "kind": kind, "metadata": {"name": "stored"}, "spec": spec}
    assert f"Warning: {kind} is only stored by the embedded cluster: " in kubectl.apply(one).err
    one["metadata"]["labels"] = {"a": "b"}
    assert "only stored" not in kubectl.apply(one).err
    assert kubectl.value(kind, "stored", ".metadata.labels.a") == "b"


def test_other_kinds_do_not(kubectl):
    assert kubectl.apply(config_map("plain")).err == ""


def test_the_api_has_endpoints_of_both_kinds(cluster):
    """Old clients read Endpoints, new ones EndpointSlices."""
    kubectl = cluster.kubectl.within("default")
    address = kubectl.value("endpointslice", "kubernetes", ".endpoints[0].addresses[0]")
    assert address and kubectl.value("endpoints", "kubernetes", ".subsets[0].addresses[0].ip") == address
