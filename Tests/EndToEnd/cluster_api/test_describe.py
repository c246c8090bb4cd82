"""describe and explain, for every kind."""
import pytest

from cluster_api.objects import config_map, definition, deployment, pod, service, widget

_MADE = [
    "secret generic x --from-literal=a=b", "serviceaccount x", "role x --verb=get --resource=pods",
    "rolebinding x --role=x --user=jane", "ingress x --rule=a/b=c:80", "quota x --hard=pods=5",
    "poddisruptionbudget x --selector=a=b --min-available=1", "job x --image=sleep -- sleep 0",
    "cronjob x --image=sleep --schedule=@daily -- sleep 0",
]  # fmt: skip

_DESCRIBED = {
    "pod": ["Containers:", "Conditions:", "IP:"], "deployment": ["RollingUpdateStrategy:", "NewReplicaSet:"],
    "replicaset": ["Controlled By:"], "service": ["Endpoints:", "TargetPort:"], "configmap": ["color:"],
    "secret": ["1 bytes"], "serviceaccount": ["Tokens:"], "role": ["PolicyRule:"], "rolebinding": ["Subjects:"],
    "ingress": ["Rules:"], "quota": ["Hard"], "pdb": ["Min available:"], "job": ["Pods Statuses:"],
    "cronjob": ["Schedule:"], "hpa": ["Reference:"], "endpointslice": ["AddressType:"], "endpoints": ["Subsets:"],
    "lease": ["Holder Identity:"], "networkpolicy": ["PodSelector:"], "statefulset": ["Update Strategy:"],
    "daemonset": ["Desired Number of Nodes Scheduled:"], "limitrange": ["Container"], "event": ["Reason:"],
}  # fmt: skip


@pytest.fixture(scope="module")
def full(cluster):
    """A namespace with one of every kind."""
    cluster.kubectl("create", "namespace", "described")
    kubectl = cluster.kubectl.within("described")
    for command in _MADE:
        kubectl("create", *command.split())
    sets = deployment("x")["spec"]
    kubectl.apply(
        pod("x"), deployment("x", 1), service("x", 80), config_map("x"),
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x"}, "spec": {**sets, "serviceName": "x"}},
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "x"},
         "spec": {key: sets[key] for key in ("selector", "template")}},
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x"},
         "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}},
        {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "x"},
         "spec": {"holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2024-01-01T00:00:00.000000Z"}},
        {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "x"},
         "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}}]}},
    )  # fmt: skip
    kubectl("autoscale", "deployment", "x", "--min=1", "--max=3", "--cpu-percent=50")
    kubectl("rollout", "status", "deployment/x", "--timeout=30s")
    yield kubectl
    cluster.kubectl("delete", "namespace", "described", "--wait=false")


@pytest.mark.parametrize("kind", _DESCRIBED)
def test_describe(full, kind):
    shown = full("describe", kind).out
    for words in _DESCRIBED[kind]:
        assert words in shown


@pytest.mark.parametrize("kind, words", {
    "node": "Allocated resources:", "namespace/described": "Resource Quotas", "clusterrole/view": "PolicyRule:",
    "clusterrolebinding/cluster-admin": "system:masters", "crd": "", "priorityclass": "", "ingressclass": "",
    "storageclass": "", "mutatingwebhookconfigurations": "", "validatingwebhookconfigurations": "", "apiservices": "",
}.items())  # fmt: skip
def test_describe_cluster_wide(cluster, kind, words):
    assert words in cluster.kubectl("describe", kind).out


@pytest.mark.parametrize("path, words", [
    ("pod.spec.containers.livenessProbe", "<Probe>"), ("deployment", "KIND:       Deployment"),
    ("deployment.spec.strategy", "rollingUpdate"), ("service.spec.type", "ENUM:"), ("configmap.data", "map[string]string"),
    ("node.status", "FIELDS:"), ("ingress.spec.rules", "[]IngressRule"), ("job.spec", "backoffLimit"),
    ("crd.spec.versions", "schema"), ("events.reason", "<string>"), ("pods.metadata", "<ObjectMeta>"),
    ("hpa.spec", "maxReplicas"), ("clusterrole.rules", "verbs"), ("lease.spec.holderIdentity", "<string>"),
])  # fmt: skip
def test_explain(cluster, path, words):
    assert words in cluster.kubectl("explain", path).out


def test_explain_recursive_and_unknown_fields(cluster):
    assert "maxSurge" in cluster.kubectl("explain", "deployment.spec", "--recursive").out
    assert 'field "nothing" does not exist' in cluster.kubectl.refused("explain", "pod.spec.nothing")
    assert "VERSION:    v2" in cluster.kubectl("explain", "hpa", "--api-version=autoscaling/v2").out


def test_explain_and_describe_a_custom_resource(kubectl):
    group = f"described{kubectl.namespace}.example.com"
    kubectl.apply(definition(group))
    try:
        kubectl("wait", "--for=condition=established", f"crd/widgets.{group}", "--timeout=10s")
        kubectl.apply(widget(group, "one", parts=["a", "b"]))
        described = kubectl("describe", f"widgets.{group}", "one").out
        assert "Size:" in described and "Parts:" in described
        shown = kubectl("explain", f"widgets.{group}.spec").out
        assert "How big it is." in shown and "-required-" in shown
        assert "A Widget is what the tests make." in kubectl("explain", f"widgets.{group}").out
        assert "Definitions" not in kubectl("describe", "crd", f"widgets.{group}").err
    finally:
        kubectl("delete", "crd", f"widgets.{group}")
