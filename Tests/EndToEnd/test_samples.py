"""A real Envoy takes what the control plane makes of every sample file, without one rejection."""
import json
import time

import pytest
import yaml

from harness.programs import SAMPLE_DATA
from harness.world import World

pytestmark = pytest.mark.needs_root

_FOLDERS = ["source-yaml", "bookinfo", "istio-tutorial"]
_KINDS = {
    "VirtualService", "DestinationRule", "ServiceEntry", "WorkloadEntry", "Sidecar", "Service", "Pod", "EndpointSlice",
}  # fmt: skip

_VERSIONS = {
    "customer": ["v1"], "preference": ["v1"], "recommendation": ["v1", "v2", "v3"], "httpbin": ["v1"],
    "myapp": ["v1", "v2"], "payments": ["v1", "v2"], "reviews": ["v1", "v2", "v3"], "ratings": ["v1", "v2"],
    "details": ["v1", "v2"], "productpage": ["v1"],
}  # fmt: skip


def _uses_kinds(path) -> bool:
    try:
        return any(item and item.get("kind") in _KINDS for item in yaml.safe_load_all(path.read_text()))
    except (yaml.YAMLError, AttributeError):
        return True


_SAMPLES = [
    path
    for folder in _FOLDERS
    for path in sorted((SAMPLE_DATA / folder).glob("*.y*ml"))
    if _uses_kinds(path)
]  # fmt: skip


def _mesh() -> str:
    """Services and pods of the names that the samples speak of, so that their rules have something to act on."""
    objects = []
    for number, (name, versions) in enumerate(_VERSIONS.items()):
        port = 9080 if name in ("reviews", "ratings", "details", "productpage") else 8080
        endpoints = []
        for index, version in enumerate(versions):
            address = f"10.20.{number}.{index + 1}"
            pod = f"{name}-{version}"
            objects.append({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": pod, "namespace": "default", "labels": {"app": name, "version": version}},
                "spec": {"containers": [{"name": "app", "image": "echo", "ports": [{"containerPort": port}]}]},
                "status": {"phase": "Running", "podIP": address},
            })  # fmt: skip
            endpoints.append({
                "addresses": [address], "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "name": pod, "namespace": "default"},
            })  # fmt: skip
        objects.append({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
            "spec": {"clusterIP": f"10.97.0.{number + 1}", "selector": {"app": name},
                     "ports": [{"name": "http", "port": port, "targetPort": port, "protocol": "TCP"}]},
        })  # fmt: skip
        objects.append({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": f"{name}-1", "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": "http", "port": port, "protocol": "TCP"}], "endpoints": endpoints,
        })  # fmt: skip
    return yaml.safe_dump_all(objects)


@pytest.fixture(scope="module")
def world():
    world = World("samples", _mesh())
    try:
        world.enter("envoy", "customer-v1.default")
        yield world
    finally:
        world.close()


def _stats(world) -> dict:
    _, text = world.namespace.inside(world.sidecar.admin, "/stats?format=json&filter=update_(success|rejected)")
    return {stat["name"]: stat["value"] for stat in json.loads(text)["stats"] if "value" in stat}


def _settle(world, quiet: float = 0.5, seconds: float = 8) -> dict:
    """The counters once they stand still: longer than the debounce, and never for ever."""
    deadline, since, last = time.monotonic() + seconds, time.monotonic(), _stats(world)
    while time.monotonic() - since < quiet and time.monotonic() < deadline:
        time.sleep(0.05)
        now = _stats(world)
        if now != last:
            since, last = time.monotonic(), now
    return last


def _check(world, what: str):
    stats = _settle(world)
    rejected = {name: value for name, value in stats.items() if "rejected" in name and value}
    if rejected:
        _, text = world.namespace.inside(world.sidecar.admin, "/config_dump?mask=dynamic_listeners.error_state")
        pytest.fail(f"{what}: Envoy rejects {rejected}:\n{text[:2000]}\n{world.sidecar.child.text()}", pytrace=False)
    assert world.sidecar.child.alive() and world.control_plane.child.alive()


@pytest.mark.skipif(not _SAMPLES, reason=f"no sample data at {SAMPLE_DATA}")
def test_the_mesh_itself(world):
    stats = _settle(world)
    assert stats.get("cluster_manager.cds.update_success", 0) >= 1
    assert stats.get("listener_manager.lds.update_success", 0) >= 1
    _check(world, "services alone")


@pytest.mark.skipif(not _SAMPLES, reason=f"no sample data at {SAMPLE_DATA}")
@pytest.mark.parametrize("path", _SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_sample(world, path):
    world.control_plane.write("sample.yaml", path.read_text())
    try:
        _check(world, path.name)
    finally:
        (world.control_plane.config / "sample.yaml").unlink()


@pytest.mark.skipif(not _SAMPLES, reason=f"no sample data at {SAMPLE_DATA}")
def test_all_samples_together(world):
    for path in _SAMPLES:
        world.control_plane.write(f"{path.parent.name}-{path.name}.yaml", path.read_text())
    _check(world, "all samples")
