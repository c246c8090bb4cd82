"""CustomResourceDefinitions: schemas, defaults, rules, versions, and Istio's own."""
import json

import pytest
import yaml

from cluster_api.objects import definition, widget
from harness.cluster import manifest
from harness.programs import SAMPLE_DATA


@pytest.fixture(scope="module")
def group(cluster):
    name = "widgets.example.com"
    cluster.kubectl.apply(definition(name, selectableFields=[{"jsonPath": ".spec.color"}]))
    cluster.kubectl("wait", "--for=condition=established", f"crd/widgets.{name}", "--timeout=10s")
    yield name
    cluster.kubectl("delete", "crd", f"widgets.{name}")


def test_defaults_columns_and_short_names(kubectl, group):
    kubectl.apply(widget(group, "one", unknown="x") | {"spec": {"size": 3}})
    assert kubectl.get("wd", "one")["spec"] == {"size": 3, "color": "grey", "replicas": 1}
    assert kubectl("get", "widgets").lines[0].split() == ["NAME", "SIZE", "AGE"]
    assert f"widget.{group}/one" in kubectl("get", "shop", "-o", "name").lines
    assert kubectl("get", "widgets", "--field-selector=spec.color=grey", "-o", "name").lines
    assert "No resources" in kubectl("get", "widgets", "--field-selector=spec.color=red").err
    assert "field label not supported" in kubectl.refused("get", "widgets", "--field-selector=spec.size=3")


@pytest.mark.parametrize("spec, words", [
    ({"size": 0}, "should be greater than or equal to 1"), ({"size": "3"}, "must be of type integer"),
    ({"color": "pink"}, 'Unsupported value: "pink"'), ({"size": None}, "Required value"),
    ({"parts": [1]}, "must be of type string"), ({"minimum": 5}, "minimum must not exceed size"),
    ({"nothing": 1}, 'unknown field "spec.nothing"'),
])  # fmt: skip
def test_what_the_schema_refuses(kubectl, group, spec, words):
    one = widget(group, "one", **spec)
    one["spec"] = {name: value for name, value in one["spec"].items() if value is not None}
    assert words in kubectl.refused("apply", "-f", "-", stdin=manifest(one))


def test_apply_in_both_ways_removes_what_is_gone(kubectl, group):
    kubectl.apply(widget(group, "one", parts=["a", "b"], labels={"x": "1", "y": "2"}))
    kubectl("patch", "wd", "one", "--type=merge", "-p", '{"spec":{"labels":{"live":"1"}}}')
    kubectl.apply(widget(group, "one", parts=["c"], labels={"x": "1"}))
    spec = kubectl.get("wd", "one")["spec"]
    assert spec["parts"] == ["c"] and spec["labels"] == {"x": "1", "live": "1"}
    server = ["apply", "--server-side", "-f", "-", "--field-manager"]
    kubectl(*server, "alice", stdin=manifest(widget(group, "two", parts=["a"], labels={"x": "1"})))
    assert 'conflict with "alice"' in kubectl.refused(*server, "bob", stdin=manifest(widget(group, "two", parts=["b"])))
    kubectl(*server, "alice", stdin=manifest(widget(group, "two", labels={"y": "1"})))
    assert kubectl.get("wd", "two")["spec"]["labels"] == {"y": "1"} and "parts" not in kubectl.get("wd", "two")["spec"]


def test_patches_status_and_scale(kubectl, group):
    kubectl.apply(widget(group, "one"))
    assert "strategic" in kubectl.refused("patch", "wd", "one", "--type=strategic", "-p", "{}").lower()
    kubectl("patch", "wd", "one", "--type=json", "-p", '[{"op":"replace","path":"/spec/size","value":5}]')
    assert kubectl.value("wd", "one", ".metadata.generation") == "2"
    kubectl("patch", "wd", "one", "--type=merge", "-p", '{"status":{"phase":"x"}}')
    assert kubectl.value("wd", "one", ".status") == ""
    kubectl("patch", "wd", "one", "--subresource=status", "--type=merge", "-p",
            '{"status":{"phase":"Done","conditions":[{"type":"Ready","status":"True"}]},"spec":{"size":9}}')  # fmt: skip
    assert kubectl.value("wd", "one", ".status.phase") == "Done"
    assert kubectl.value("wd", "one", ".spec.size") == "5"
    assert kubectl.value("wd", "one", ".metadata.generation") == "2"
    kubectl("wait", "wd/one", "--for=condition=Ready", "--timeout=5s")
    kubectl("scale", "wd/one", "--replicas=4")
    assert kubectl.value("wd", "one", ".spec.replicas") == "4"


def test_two_versions_are_one_object(cluster, kubectl):
    group = f"v{kubectl.namespace}.example.com"
    two = definition(group)
    old = json.loads(json.dumps(two["spec"]["versions"][0]))
    old.update(name="v1alpha1", storage=False, deprecated=True)
    two["spec"]["versions"].append(old)
    kubectl.apply(two)
    try:
        kubectl("wait", "--for=condition=established", f"crd/widgets.{group}", "--timeout=10s")
        warned = kubectl("apply", "-f", "-", stdin=manifest({**widget(group, "one"), "apiVersion": f"{group}/v1alpha1"}))
        assert "deprecated" in warned.err
        assert kubectl.get(f"widgets.v1.{group}", "one")["apiVersion"] == f"{group}/v1"
        assert kubectl.get(f"widgets.v1alpha1.{group}", "one")["apiVersion"] == f"{group}/v1alpha1"
    finally:
        kubectl("delete", "crd", f"widgets.{group}")
    # Which of the two kubectl says depends on what it remembers of discovery.
    gone = ("the server doesn't have a resource type", "could not find the requested resource")
    assert any(words in kubectl.refused("get", f"widgets.{group}") for words in gone)


def test_a_wrong_definition_is_refused(kubectl):
    wrong = definition("x.example.com")
    wrong["metadata"]["name"] = "other.x.example.com"
    assert "must be spec.names.plural+" in kubectl.refused("apply", "-f", "-", stdin=manifest(wrong))
    wrong = definition("x.example.com", schema={"openAPIV3Schema": {"type": "object", "properties": {"a": {"type": "thing"}}}})
    assert "Unsupported value" in kubectl.refused("apply", "-f", "-", stdin=manifest(wrong))


_ISTIO = SAMPLE_DATA / "istio-crds"


@pytest.fixture(scope="module")
def istio(cluster):
    if not _ISTIO.is_dir():
        pytest.skip(f"{_ISTIO} is not there")
    files = sorted(_ISTIO.glob("*.y*ml"))
    for path in files:
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", path)
    names = [one["metadata"]["name"] for path in files for one in yaml.safe_load_all(path.read_text()) if one]
    cluster.kubectl("wait", "--for=condition=established", "crd", *names, "--timeout=20s")
    return cluster.kubectl


def test_istio_definitions_load(istio):
    shown = istio("get", "crd", "-o", "name").lines
    assert {"customresourcedefinition.apiextensions.k8s.io/virtualservices.networking.istio.io"} <= set(shown)
    assert "hosts" in istio("explain", "virtualservice.spec").out
    for plural in ["virtualservices", "destinationrules", "gateways.networking.istio.io", "serviceentries", "sidecars"]:
        istio("get", plural)


def test_istio_definitions_validate(istio, kubectl):
    rule = {
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "reviews"},
        "spec": {"hosts": ["reviews"], "http": [{"route": [{"destination": {"host": "reviews"}, "weight": 100}]}]},
    }  # fmt: skip
    kubectl.apply(rule)
    assert kubectl("get", "vs").lines[0].split() == ["NAME", "GATEWAYS", "HOSTS", "AGE"]
    assert "reviews" in kubectl("get", "vs").lines[1]
    rule["spec"]["http"][0]["route"][0]["weight"] = "heavy"
    assert "spec.http[0].route[0].weight" in kubectl.refused("apply", "-f", "-", stdin=manifest(rule))
    rule["spec"]["http"][0]["route"][0] = {"destinatoin": {}}
    assert "destinatoin" in kubectl.refused("apply", "-f", "-", stdin=manifest(rule))
    older = kubectl.get("virtualservices.v1beta1.networking.istio.io", "reviews")
    assert older["apiVersion"] == "networking.istio.io/v1beta1"
