"""kubectl get: every way of showing, selecting and watching."""
import json
import time

import pytest

from cluster_api.objects import config_map, deployment, pod, service
from harness.cluster import eventually


@pytest.fixture
def three(kubectl):
    kubectl.apply(
        config_map("a", {"n": "3"}, labels={"app": "x", "tier": "front"}),
        config_map("b", {"n": "1"}, labels={"app": "x", "tier": "back"}),
        config_map("c", {"n": "2"}, labels={"app": "y"}, annotations={"note": "hi"}),
    )
    return kubectl


def _names(output) -> list:
    return sorted(line.split("/")[1] for line in output.lines if "root-c" not in line)


def test_outputs(three):
    assert three("get", "cm", "a", "-o", "name").out == "configmap/a\n"
    assert three("get", "cm", "a", "-o", "jsonpath={.data.n}").out == "3"
    assert '"n": "3"' in three("get", "cm", "a", "-o", "yaml").out
    listed = three("get", "cm", "-o", "json").json
    assert listed["kind"] == "List" and listed["items"][0]["kind"] == "ConfigMap"
    columns = three("get", "cm", "a", "-o", "custom-columns=NAME:.metadata.name,N:.data.n").lines
    assert [line.split() for line in columns] == [["NAME", "N"], ["a", "3"]]
    assert three("get", "cm", "a", "-o", "go-template={{.data.n}}").out == "3"
    assert three("get", "cm", "a", "--no-headers").lines[0].split()[:2] == ["a", "1"]
    assert three("get", "cm", "a", "--show-kind").lines[1].startswith("configmap/a")
    assert "app=x,tier=front" in three("get", "cm", "a", "--show-labels").out
    assert three("get", "cm", "a", "-L", "tier").lines[0].split()[-1] == "TIER"
    fields = three("get", "cm", "a", "-o", "json", "--show-managed-fields").json["metadata"]["managedFields"]
    assert fields[0]["manager"] == "kubectl-client-side-apply"


@pytest.mark.parametrize("selector, names", [
    (["-l", "app=x"], ["a", "b"]),
    (["-l", "app!=x"], ["c"]),
    (["-l", "app in (x,y),tier"], ["a", "b"]),
    (["-l", "tier notin (front)"], ["b", "c"]),
    (["-l", "!tier"], ["c"]),
    (["--field-selector", "metadata.name=b"], ["b"]),
    (["--field-selector", "metadata.name!=b", "-l", "app=x"], ["a"]),
])  # fmt: skip
def test_selectors(three, selector, names):
    assert _names(three("get", "cm", "-o", "name", *selector)) == names


def test_a_wrong_selector_is_named(three):
    assert "selector" in three.refused("get", "cm", "-l", "a=b=c")
    assert "field label not supported" in three.refused("get", "cm", "--field-selector", "data.n=1")


def test_sorting_chunks_and_all_namespaces(three):
    order = three("get", "cm", "-l", "app", "--sort-by={.data.n}", "-o", "name").lines
    assert order == ["configmap/b", "configmap/c", "configmap/a"]
    assert len(three("get", "cm", "--chunk-size=1", "-o", "name").lines) == 5
    everywhere = three("get", "cm", "-A", "--field-selector", f"metadata.namespace={three.namespace}", "-o", "name")
    assert _names(everywhere) == ["a", "b", "c"]
    assert three("get", "cm", "-A").lines[0].split()[0] == "NAMESPACE"


def test_several_kinds_and_files(three, tmp_path):
    three.apply(service("web", 80))
    shown = three("get", "svc/web", "cm/a", "-o", "name").lines
    assert shown == ["service/web", "configmap/a"]
    assert "service/web" in three("get", "cm,svc", "-o", "name").lines
    (tmp_path / "a.json").write_text(json.dumps(config_map("a")))
    assert three("get", "-f", tmp_path / "a.json", "-o", "name").lines == ["configmap/a"]
    assert "service/web" in three("get", "all", "-o", "name").lines


def test_what_is_not_there(three):
    assert 'configmaps "z" not found' in three.refused("get", "cm", "z")
    assert three("get", "cm", "z", "--ignore-not-found").out == ""
    assert "the server doesn't have a resource type" in three.refused("get", "nonsense")
    assert "No resources found" in three("get", "cm", "-l", "no=thing").err


def test_wide_rows_of_pods_services_and_workloads(kubectl):
    kubectl.apply(deployment("web", 2), service("web", 80, 443))
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    header, *rows = kubectl("get", "pods", "-o", "wide").lines
    assert header.split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert header.split()[5:7] == ["IP", "NODE"] and len(rows) == 2
    assert all(row.split()[1:3] == ["1/1", "Running"] for row in rows)
    rows = kubectl("get", "deploy", "-o", "wide").lines
    assert rows[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"]
    assert rows[1].split()[1:4] == ["2/2", "2", "2"] and rows[1].split()[-1] == "app=web"
    assert kubectl("get", "rs").lines[1].split()[1:4] == ["2", "2", "2"]
    row = kubectl("get", "svc").lines[1].split()
    assert row[1] == "ClusterIP" and row[2].startswith("10.96.") and row[4] == "80/TCP,443/TCP"
    assert eventually(lambda: len(kubectl("get", "endpointslices").lines) == 2)
    assert ":80" in kubectl("get", "endpoints", "web").out


def test_watch_shows_what_changes(three):
    with three.started("get", "cm", "-l", "app=x", "-w", "-o", "name") as watch:
        assert [watch.line(), watch.line()] == ["configmap/a", "configmap/b"]
        three("label", "cm", "c", "app=x", "--overwrite")
        three("patch", "cm", "a", "--type=merge", "-p", '{"data":{"n":"9"}}')
        three("label", "cm", "b", "app=z", "--overwrite")
        three("delete", "cm", "a")
        assert [watch.line() for _ in range(4)] == ["configmap/c", "configmap/a", "configmap/b", "configmap/a"]
    with three.started("get", "cm", "c", "-w", "--output-watch-events") as watch:
        assert [watch.line().split()[0] for _ in range(2)] == ["EVENT", "ADDED"]
        three("label", "cm", "c", "app=z", "--overwrite")
        three("delete", "cm", "c")
        assert [watch.line().split()[0] for _ in range(2)] == ["MODIFIED", "DELETED"]


def test_watch_only_begins_with_the_next_change(three):
    with three.started("get", "cm", "--watch-only", "-o", "name") as watch:

        def seen():
            # Nothing tells when the watch stands; any later change of the same object will do.
            three("annotate", "cm", "a", f"n={time.monotonic()}", "--overwrite")
            return watch.line(0.1)

        assert eventually(seen) == "configmap/a"


def test_watch_of_rows(kubectl):
    with kubectl.started("get", "pods", "-w", "--no-headers") as watch:
        kubectl.apply(pod("one"))
        rows = [watch.line().split()]
        while rows[-1][2] != "Running" or rows[-1][1] != "1/1":
            rows.append(watch.line(20).split())
        kubectl("delete", "pod", "one", "--now")
    assert rows[0][:3] == ["one", "0/1", "Pending"]


def test_raw_paths_and_their_refusals(kubectl):
    listed = json.loads(kubectl("get", "--raw", f"/api/v1/namespaces/{kubectl.namespace}/configmaps?limit=1").out)
    assert listed["kind"] == "ConfigMapList"
    assert kubectl("get", "--raw", "/healthz").out == "ok"
    assert kubectl("get", "--raw", "/readyz?verbose").out.rstrip().endswith("check passed")
    assert "NotFound" in kubectl.refused("get", "--raw", "/nothing/here")


def test_events_name_what_happened(kubectl):
    kubectl.apply(deployment("web"))
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    eventually(lambda: "ScalingReplicaSet" in kubectl("get", "events").out)
    shown = kubectl("events", "--for=deployment/web").out
    assert "Scaled up replica set" in shown
    sorted_events = kubectl("get", "events", "--sort-by=.lastTimestamp", "-o", "jsonpath={.items[*].reason}").out
    assert "SuccessfulCreate" in sorted_events
    selected = kubectl("get", "events", "--field-selector", "involvedObject.kind=Deployment,reason=ScalingReplicaSet")
    assert len(selected.lines) == 2
