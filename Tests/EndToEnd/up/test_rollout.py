"""`kubectl rollout restart` under load: no request fails, and afterwards other pods answer."""
import re

import pytest

from harness.cluster import eventually
from up.load import GatewayLoad, PodLoad
from up.workloads import caller

pytestmark = pytest.mark.needs_root

POD = re.compile(r'"podname": "([^"]+)"')


@pytest.fixture
def inside(kubectl):
    """From a pod with a sidecar, at a rate that a drain of a moment would show."""
    kubectl.apply(*caller("http://reviews:9080/reviews/0", rate=60, connections=4))
    kubectl("wait", "--for=condition=Ready", "pod/caller", "--timeout=60s")
    with PodLoad(kubectl, "caller") as load:
        load.wait_for_count(20, 0)
        yield load
    kubectl("delete", "pod/caller", "configmap/caller", "--now")


def pods(kubectl, app: str, namespace: str = "default") -> set:
    return set(kubectl.within(namespace)("get", "pods", "-l", f"app={app}", "-o", "name").lines)


def restart(kubectl, deployment: str):
    kubectl("rollout", "restart", f"deployment/{deployment}")
    assert "successfully rolled out" in kubectl("rollout", "status", f"deployment/{deployment}", "--timeout=90s").out


def all_new(kubectl, app: str, before: set):
    """What went is gone for good, its drain included."""
    eventually(lambda: not before & pods(kubectl, app), 60)


def test_a_service_behind_sidecars(mesh, kubectl, inside):
    before = pods(kubectl, "reviews")
    with GatewayLoad(mesh.gateway_port, "/api/v1/products/0/reviews", rate=30) as outside:
        for version in ["v1", "v2", "v3"]:
            restart(kubectl, f"reviews-{version}")
        all_new(kubectl, "reviews", before)
        for load in [inside, outside]:
            last = load.answers[-1].at
            answers = load.wait_for_count(40, last)
            served = {POD.search(one.text)[1] for one in answers[5:] if one.status == 200}
            assert {f"pod/{name}" for name in served} == pods(kubectl, "reviews")
    mesh.note(f"rollout restart of reviews-v1, -v2, -v3: 0 of {len(inside.answers)} + {len(outside.answers)} failed")


def test_what_the_gateway_calls(mesh, kubectl):
    before = pods(kubectl, "productpage")
    with GatewayLoad(mesh.gateway_port, "/productpage", rate=30) as load:
        load.wait_for_count(10, 0)
        restart(kubectl, "productpage-v1")
        all_new(kubectl, "productpage", before)
        load.wait_for_count(20, load.answers[-1].at)
    assert all("Error fetching" not in one.text for one in load.answers)
    mesh.note(f"rollout restart of productpage: 0 of {len(load.answers)} failed")


def test_the_gateway_itself(mesh, kubectl):
    system = kubectl.within("istio-system")
    before = pods(kubectl, "istio-ingressgateway", "istio-system")
    with GatewayLoad(mesh.gateway_port, "/productpage", rate=20) as load:
        load.wait_for_count(10, 0)
        restart(system, "istio-ingressgateway")
        eventually(lambda: not before & pods(kubectl, "istio-ingressgateway", "istio-system"), 60)
        load.wait_for_count(20, load.answers[-1].at)
    mesh.note(f"rollout restart of istio-ingressgateway: 0 of {len(load.answers)} failed")


def test_the_control_plane_restarts_unnoticed(mesh, kubectl, inside):
    system = kubectl.within("istio-system")
    before = pods(kubectl, "istiod", "istio-system")
    restart(system, "istiod")
    eventually(lambda: not before & pods(kubectl, "istiod", "istio-system"), 60)
    inside.wait_for_count(20, inside.answers[-1].at)
