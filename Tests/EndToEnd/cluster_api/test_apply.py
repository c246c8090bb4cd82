"""Changing objects: apply in both ways, replace, patch, edit, label, annotate, diff."""
import json

import pytest

from cluster_api.objects import config_map, deployment, service
from harness.cluster import manifest


def _data(kubectl, name="one"):
    return kubectl.get("cm", name).get("data")


def test_client_side_apply_merges_three_ways(kubectl):
    assert "configmap/one created" in kubectl.apply(config_map("one", {"a": "1", "b": "2"})).out
    kubectl("patch", "cm", "one", "--type=merge", "-p", '{"data":{"live":"3"}}')
    assert "configmap/one configured" in kubectl.apply(config_map("one", {"a": "9"})).out
    assert _data(kubectl) == {"a": "9", "live": "3"}
    assert "configmap/one unchanged" in kubectl.apply(config_map("one", {"a": "9"})).out


def test_client_side_apply_merges_lists_by_their_keys(kubectl):
    first = deployment("web", 0)
    first["spec"]["template"]["spec"]["containers"].append({"name": "second", "image": "sleep", "command": ["sleep", "1"]})
    first["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    kubectl.apply(first, service("web", 80, 81))
    kubectl("set", "env", "deployment/web", "-c", "app", "C=3")
    second = deployment("web", 0)
    second["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "5"}]
    kubectl.apply(second, service("web", 81, 82))
    containers = kubectl.get("deploy", "web")["spec"]["template"]["spec"]["containers"]
    assert [one["name"] for one in containers] == ["app"]
    assert {one["name"]: one["value"] for one in containers[0]["env"]} == {"A": "5", "C": "3"}
    assert sorted(one["port"] for one in kubectl.get("svc", "web")["spec"]["ports"]) == [81, 82]


def test_apply_removes_what_the_file_no_longer_sets(kubectl):
    first = deployment("web", 2)
    first["spec"]["minReadySeconds"] = 1
    kubectl.apply(first)
    second = deployment("web", 0)
    kubectl.apply(second)
    assert "minReadySeconds" not in kubectl.get("deploy", "web")["spec"]
    kubectl("apply", "view-last-applied", "deployment/web")
    assert "minReadySeconds" not in kubectl("apply", "view-last-applied", "deployment/web").out


def test_apply_prunes_what_a_set_no_longer_holds(kubectl):
    kubectl.apply(config_map("a", labels={"set": "s"}), config_map("b", labels={"set": "s"}))
    pruned = kubectl(
        "apply", "-f", "-", "--prune", "-l", "set=s", "--prune-allowlist=core/v1/ConfigMap",
        stdin=manifest(config_map("a", labels={"set": "s"})),
    )  # fmt: skip
    assert "configmap/b pruned" in pruned.out


def test_server_side_apply_says_who_owns_a_field(kubectl):
    def apply(manager, data, *more, run=kubectl):
        return run(
            "apply", "--server-side", "--field-manager", manager, "-f", "-", *more,
            stdin=manifest(config_map("one", data)),
        )  # fmt: skip

    assert "configmap/one serverside-applied" in apply("alice", {"a": "1", "b": "2"}).out
    refused = apply("bob", {"a": "7"}, run=kubectl.refused)
    assert 'Apply failed with 1 conflict: conflict with "alice"' in refused and ".data.a" in refused
    assert "--force-conflicts" in refused
    apply("bob", {"a": "7"}, "--force-conflicts")
    assert _data(kubectl) == {"a": "7", "b": "2"}
    # alice lets go of b; a belongs to bob now and stays.
    apply("alice", {"c": "3"})
    assert _data(kubectl) == {"a": "7", "c": "3"}
    managers = {one["manager"] for one in kubectl("get", "cm", "one", "-o", "json", "--show-managed-fields").json["metadata"]["managedFields"]}
    assert managers == {"alice", "bob"}


def test_server_side_apply_over_client_side_apply(kubectl):
    kubectl.apply(deployment("web", 0), service("web", 80))
    second = service("web", 81)
    kubectl("apply", "--server-side", "-f", "-", stdin=manifest(deployment("web", 0), second))
    assert [one["port"] for one in kubectl.get("svc", "web")["spec"]["ports"]] == [81]
    kubectl("apply", "--server-side", "-f", "-", stdin=manifest(second))
    kubectl.apply(service("web", 82))


def test_patches(kubectl):
    kubectl.apply(deployment("web", 0))
    path = "/spec/template/spec/containers/0/image"
    kubectl("patch", "deploy", "web", "-p", '{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"two"}]}}}}')
    container = kubectl.get("deploy", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "two" and container["command"]
    kubectl("patch", "deploy", "web", "--type=json", "-p", json.dumps([
        {"op": "test", "path": path, "value": "two"}, {"op": "replace", "path": path, "value": "three"},
        {"op": "add", "path": "/metadata/labels", "value": {"x": "y"}},
    ]))  # fmt: skip
    assert kubectl.value("deploy", "web", ".metadata.labels.x") == "y"
    kubectl("patch", "deploy", "web", "--type=merge", "-p", '{"metadata":{"labels":{"x":null,"z":"1"}},"spec":{"paused":true}}')
    shown = kubectl.get("deploy", "web")
    assert shown["metadata"]["labels"] == {"z": "1"} and shown["spec"]["paused"] is True
    assert "(no change)" in kubectl("patch", "deploy", "web", "--type=merge", "-p", '{"spec":{"paused":true}}').out
    refused = kubectl.refused("patch", "deploy", "web", "--type=json", "-p", '[{"op":"test","path":"/spec/paused","value":false}]')
    assert "test" in refused
    kubectl("patch", "deploy", "web", "--subresource=scale", "--type=merge", "-p", '{"spec":{"replicas":0}}')
    kubectl("patch", "deploy", "web", "--subresource=status", "--type=merge", "-p", '{"status":{"observedGeneration":1}}')
    kubectl("patch", "deploy", "web", "-p", '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}')
    assert kubectl.get("deploy", "web")["spec"]["strategy"] == {"type": "Recreate"}


def test_replace(kubectl, tmp_path):
    kubectl("create", "-f", "-", stdin=manifest(config_map("one")))
    shown = kubectl.get("cm", "one")
    kubectl("replace", "-f", "-", stdin=manifest({**shown, "data": {"x": "y"}}))
    assert _data(kubectl) == {"x": "y"}
    assert "the object has been modified" in kubectl.refused("replace", "-f", "-", stdin=manifest(shown))
    assert "not found" in kubectl.refused("replace", "-f", "-", stdin=manifest(config_map("two")))
    (tmp_path / "one.json").write_text(manifest(config_map("one", {"forced": "1"})))
    kubectl("replace", "--force", "-f", tmp_path / "one.json")
    assert _data(kubectl) == {"forced": "1"}
    assert kubectl.get("cm", "one")["metadata"]["uid"] != shown["metadata"]["uid"]


def _editor(tmp_path, program: str) -> dict:
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\n{program}\n")
    editor.chmod(0o755)
    return {"KUBE_EDITOR": str(editor)}


def test_edit(kubectl, tmp_path):
    kubectl.apply(config_map("one"))
    output = kubectl("edit", "cm", "one", env=_editor(tmp_path, "sed -i 's/color: red/color: blue/' \"$1\""))
    assert "configmap/one edited" in output.out and _data(kubectl) == {"color": "blue"}
    output = kubectl("edit", "cm", "one", env=_editor(tmp_path, "true"))
    assert "no changes" in output.err
    output = kubectl("edit", "cm", "one", "--output-patch", env=_editor(tmp_path, "sed -i 's/blue/green/' \"$1\""))
    assert '{"data":{"color":"green"}' in output.out


def test_edit_comes_back_with_what_is_wrong(kubectl, tmp_path):
    kubectl.apply(service("web", 80))
    seen = tmp_path / "seen"
    script = f"grep -q 'was not valid' $1 && {{ cp $1 {seen}; exit 0; }}; sed -i 's/port: 80$/port: 99999/' $1"
    assert 'services "web" is invalid' in kubectl.refused("edit", "svc", "web", env=_editor(tmp_path, script))
    assert "* spec.ports[0].port: Invalid value: 99999" in seen.read_text()
    assert kubectl.value("svc", "web", ".spec.ports[0].port") == "80"


def test_label_and_annotate(kubectl):
    kubectl.apply(config_map("one", labels={"a": "1"}), config_map("two", labels={"a": "1"}))
    kubectl("label", "cm", "one", "b=2")
    assert "already has a value" in kubectl.refused("label", "cm", "one", "b=3")
    kubectl("label", "cm", "-l", "a=1", "c=4")
    kubectl("label", "cm", "one", "a-", "b=3", "--overwrite")
    assert kubectl.get("cm", "one")["metadata"]["labels"] == {"b": "3", "c": "4"}
    assert kubectl.get("cm", "two")["metadata"]["labels"] == {"a": "1", "c": "4"}
    kubectl("annotate", "cm", "one", "note=a text, with = and spaces")
    assert kubectl.value("cm", "one", ".metadata.annotations.note") == "a text, with = and spaces"
    kubectl("annotate", "cm", "one", "note-")
    assert "invalid label" in kubectl.refused("label", "cm", "one", "x=not a value").lower()
    assert kubectl("label", "cm", "one", "--list").lines


def test_diff_shows_and_changes_nothing(kubectl):
    kubectl.apply(config_map("one", {"a": "1"}))
    same = kubectl.run("diff", "-f", "-", stdin=manifest(config_map("one", {"a": "1"})))
    assert same.code == 0 and same.out == ""
    other = kubectl.run("diff", "-f", "-", stdin=manifest(config_map("one", {"a": "2"}), config_map("new")))
    assert other.code == 1 and '-  a: "1"' in other.out and '+  a: "2"' in other.out and "+  color: red" in other.out
    server = kubectl.run("diff", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest(config_map("one", {"a": "2"})))
    assert server.code == 1 and '+  a: "2"' in server.out
    assert _data(kubectl) == {"a": "1"}
    kubectl.refused("get", "cm", "new")


def test_dry_run_on_the_server(kubectl):
    output = kubectl("create", "-f", "-", "--dry-run=server", "-o", "json", stdin=manifest(service("web", 80)))
    assert output.json["spec"]["type"] == "ClusterIP" and output.json["metadata"]["uid"]
    kubectl.refused("get", "svc", "web")
    kubectl.apply(config_map("one"))
    kubectl("apply", "--dry-run=server", "-f", "-", stdin=manifest(config_map("one", {"a": "2"})))
    kubectl("delete", "cm", "one", "--dry-run=server")
    kubectl("label", "cm", "one", "x=y", "--dry-run=server")
    assert _data(kubectl) == {"color": "red"}


def test_fields_that_do_not_exist_are_named(kubectl):
    wrong = {**config_map("one"), "dat": {"a": "1"}}
    assert 'unknown field "dat"' in kubectl.refused("apply", "-f", "-", stdin=manifest(wrong))
    warned = kubectl("apply", "--validate=warn", "-f", "-", stdin=manifest(wrong))
    assert 'unknown field "dat"' in warned.err
    kubectl("apply", "--validate=ignore", "-f", "-", stdin=manifest(wrong))
    assert "dat" not in kubectl.get("cm", "one")
    twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":1}}'
    assert "data" in kubectl.refused("create", "-f", "-", stdin=twice)


@pytest.mark.parametrize("change, words", [
    ({"spec": {"selector": {"matchLabels": {"app": "other"}}}}, "immutable"),
    ({"spec": {"replicas": -1}}, "greater than or equal to 0"),
    ({"spec": {"template": {"spec": {"restartPolicy": "Never"}}}}, "supported values"),
    ({"spec": {"template": {"metadata": {"labels": {"app": None}}}}}, "does not match template"),
])  # fmt: skip
def test_changes_that_kubernetes_refuses(kubectl, change, words):
    kubectl.apply(deployment("web", 0))
    assert words in kubectl.refused("patch", "deploy", "web", "--type=merge", "-p", json.dumps(change))


def test_set_image_resources_and_selector(kubectl):
    kubectl.apply(deployment("web", 0), service("web", 80))
    kubectl("set", "image", "deployment/web", "app=other:2")
    kubectl("set", "resources", "deployment/web", "--limits=cpu=200m,memory=64Mi")
    kubectl("set", "serviceaccount", "deployment", "web", "default")
    kubectl("set", "selector", "service", "web", "app=web,version=v1")
    spec = kubectl.get("deploy", "web")["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == "other:2" and spec["containers"][0]["resources"]["limits"]["cpu"] == "200m"
    assert kubectl.get("svc", "web")["spec"]["selector"]["version"] == "v1"


def test_a_directory_and_kustomize(kubectl, tmp_path):
    (tmp_path / "a.json").write_text(manifest(config_map("a")))
    (tmp_path / "b.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {x: 'y'}\n")
    kubectl("apply", "-f", tmp_path)
    (tmp_path / "kustomization.yaml").write_text("resources: [b.yaml]\nnamePrefix: k-\n")
    kubectl("apply", "-k", tmp_path)
    assert _data(kubectl, "k-b") == {"x": "y"}
