"""The main job by both engines: split, header match, live change without a failed request, a dead control plane."""
import time
from collections import Counter

import pytest

from harness import shares
from harness.http_client import Client, request_bytes
from harness.programs import ROOT
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = pytest.mark.needs_root

SAMPLE = ROOT / "Samples" / "canary"
CALLER = "customer.tutorial"


def sample(name: str) -> str:
    return (SAMPLE / name).read_text()


@pytest.fixture(params=ENGINES)
def world(request):
    world = World(f"canary-{request.param}", sample("mesh.yaml"))
    try:
        world.control_plane.write("destination-rule.yaml", sample("destination-rule.yaml"))
        world.control_plane.write("virtual-service.yaml", sample("virtual-service-80-20.yaml"))
        world.enter(request.param, CALLER)
        yield world
    finally:
        world.close()


class Caller:
    """Calls `recommendation` again and again; every answer that is not 200 is a failure."""

    def __init__(self, world: World):
        self.client = Client("10.96.0.10", 8080, world.pods[CALLER]["status"]["podIP"])

    def version(self, headers: dict | None = None) -> str:
        response = self.client.request(request_bytes(host="recommendation:8080", headers=headers))
        assert response.status == 200, f"{response.status}: {response.body[:200]!r}"
        return response.value("x-echo-server").removeprefix("recommendation-")

    def versions(self, count: int, headers: dict | None = None) -> Counter:
        return Counter(self.version(headers) for _ in range(count))

    def until(self, weights: dict, seconds: float = 10):
        """Calls until 400 requests follow `weights`; none may fail meanwhile."""
        deadline = time.monotonic() + seconds
        while why := shares.complaint(self.versions(400), weights):
            assert time.monotonic() < deadline, why


def test_requests_are_split_and_the_header_goes_to_v2(world):
    def work():
        caller = Caller(world)
        caller.until({"v1": 80, "v2": 20})
        assert shares.complaint(caller.versions(1000), {"v1": 80, "v2": 20}) is None
        assert caller.versions(100, {"x-canary": "true"}) == {"v2": 100}

    world.namespace.inside(work)


def test_a_changed_file_is_live_and_no_request_fails(world):
    def work():
        caller = Caller(world)
        caller.until({"v1": 80, "v2": 20})
        world.control_plane.write("virtual-service.yaml", sample("../canary-next/virtual-service-50-50.yaml"))
        caller.until({"v1": 50, "v2": 50})
        all_to_v2 = sample("virtual-service-80-20.yaml").replace("80", "0").replace("20\n", "100\n")
        world.control_plane.write("virtual-service.yaml", all_to_v2)
        caller.until({"v2": 1})

    world.namespace.inside(work)


def test_a_wrong_file_leaves_the_last_good_state(world):
    def work():
        caller = Caller(world)
        caller.until({"v1": 80, "v2": 20})
        wrong = sample("../canary-next/virtual-service-50-50.yaml").replace("weight: 50", "wieght: 50")
        world.control_plane.write("virtual-service.yaml", wrong)
        deadline = time.monotonic() + 10
        while "wieght" not in world.control_plane.child.text():
            caller.versions(20)
            assert time.monotonic() < deadline, "martletd does not name the unknown field"
        assert shares.complaint(caller.versions(500), {"v1": 80, "v2": 20}) is None

    world.namespace.inside(work)


def test_the_proxy_outlives_the_control_plane_and_resumes(world):
    def work():
        caller = Caller(world)
        caller.until({"v1": 80, "v2": 20})
        world.control_plane.kill()
        assert shares.complaint(caller.versions(1000), {"v1": 80, "v2": 20}) is None
        world.control_plane.write("virtual-service.yaml", sample("../canary-next/virtual-service-50-50.yaml"))
        world.control_plane.start()
        caller.until({"v1": 50, "v2": 50}, seconds=40)

    world.namespace.inside(work)
