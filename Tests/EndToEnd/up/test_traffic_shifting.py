"""The canary walk of Bookinfo's reviews with real kubectl, live, while a load runs from outside and from a pod."""
import json
import re
import time

import pytest

from harness import shares
from harness.cluster import eventually, stalled
from harness.http_client import Client, request_bytes
from up.mesh import SAMPLES, documents
from up.load import GatewayLoad, PodLoad
from up.workloads import caller

pytestmark = pytest.mark.needs_root

NETWORKING = "bookinfo/networking"
REVIEWS = "http://reviews:9080/reviews/0"
#: A change is in effect so many seconds after kubectl came back, on a machine with room.
EFFECTIVE = 1.0


@pytest.fixture
def loads(mesh, kubectl):
    """Load through the gateway and from a pod, neither with a failed request; the rules are gone afterwards."""
    kubectl("apply", "-f", SAMPLES / NETWORKING / "destination-rule-all.yaml")
    kubectl.apply(*caller(REVIEWS, rate=60, connections=4))
    kubectl("wait", "--for=condition=Ready", "pod/caller", "--timeout=60s")
    try:
        with GatewayLoad(mesh.gateway_port, "/api/v1/products/0/reviews", rate=20) as outside:
            with PodLoad(kubectl, "caller") as inside:
                inside.wait_for_count(20, 0)
                outside.wait_for_count(20, 0)
                yield inside, outside
    finally:
        kubectl("delete", "virtualservice", "reviews", "--ignore-not-found")
        kubectl("delete", "-f", SAMPLES / NETWORKING / "destination-rule-all.yaml", "--ignore-not-found")
        kubectl("delete", "pod/caller", "configmap/caller", "--now")


def route(weights: dict, step: str) -> dict:
    """A `http` list that splits by weight and marks each response with the step it belongs to."""
    return {
        "headers": {"response": {"set": {"x-step": step}}},
        "route": [
            {"destination": {"host": "reviews", "subset": name}, "weight": weight} for name, weight in weights.items()
        ],
    }


class Clock:
    """From before a kubectl that changes rules to after it."""

    def __enter__(self):
        self.started, self.stalled = time.time(), stalled()
        return self

    def __exit__(self, *_):
        self.acknowledged = time.time()

    def limit(self, seconds: float) -> float:
        """`seconds`, and what this machine kept its processes waiting since the start."""
        return seconds + stalled() - self.stalled


def effective(mesh, load, step: str, clock: Clock, limit: float = EFFECTIVE) -> float:
    """When the last answer of another step came, which is when the change is in effect."""
    started, acknowledged = clock.started, clock.acknowledged
    load.wait_for(lambda one: any(answer.step == step for answer in one.since(started)), 15, f"step {step}")
    first = next(answer.at for answer in load.since(started) if answer.step == step)
    load.wait_for_count(10, first)
    last_old = max((answer.at for answer in load.since(started) if answer.step != step), default=started)
    took = max(first, last_old) - acknowledged
    mesh.note(
        f"step {step}: new from {first - acknowledged:+.2f} s, old until {last_old - acknowledged:+.2f} s"
        f" of kubectl's end ({acknowledged - started:.2f} s)"
    )
    assert took < clock.limit(limit), f"step {step} was in effect {took:.2f} s after kubectl came back"
    return max(first, last_old)


def test_weights_by_patch_and_by_file_under_load(mesh, kubectl, loads):
    inside, outside = loads
    steps = [
        ("95-5", "file", {"v1": 95, "v3": 5}),
        ("80-20", "patch", {"v1": 80, "v3": 20}),
        ("50-50", "file", {"v1": 50, "v3": 50}),
        ("20-80", "patch", {"v1": 20, "v3": 80}),
        ("0-100", "file", {"v1": 0, "v3": 100}),
        ("back", "patch", {"v1": 100, "v3": 0}),
    ]
    for step, how, weights in steps:
        patch = {"spec": {"http": [route(weights, step)]}}
        (rule,) = documents(f"{NETWORKING}/virtual-service-reviews-95-5.yaml")
        rule["spec"]["http"] = patch["spec"]["http"]
        with Clock() as clock:
            if how == "patch":
                kubectl("patch", "virtualservice", "reviews", "--type", "merge", "-p", json.dumps(patch))
            else:
                kubectl.apply(rule)
        moment = effective(mesh, inside, step, clock)
        for load, count in [(inside, 150), (outside, 40)]:
            load.wait_for_count(count, moment + 0.5)
            assert shares.complaint(load.versions(moment + 0.5), weights) is None
    with Clock() as clock:
        kubectl("delete", "virtualservice", "reviews")
    moment = effective(mesh, inside, "-", clock, 2.0)
    inside.wait_for_count(150, moment)
    assert shares.complaint(inside.versions(moment), {"v1": 1, "v2": 1, "v3": 1}) is None


def test_the_files_of_the_sample_as_the_tutorial_applies_them(kubectl, loads):
    inside, outside = loads
    for name, weights in [("95-5", {"v1": 95, "v3": 5}), ("80-20", {"v1": 80, "v3": 20}), ("0-100", {"v3": 1})]:
        kubectl("apply", "-f", SAMPLES / NETWORKING / f"virtual-service-reviews-{name}.yaml")
        for load, count in [(inside, 150), (outside, 40)]:
            eventually(lambda: settled(load, count, weights), 30)


def settled(load, count: int, weights: dict) -> bool:
    """Whether the next answers come as the rule has it."""
    moment = time.time()
    load.wait_for_count(count, moment)
    return shares.complaint(load.versions(moment), weights) is None


def page(mesh, headers: dict | None = None) -> str:
    client = Client("127.0.0.1", mesh.gateway_port)
    response = client.request(request_bytes(path="/productpage", host="localhost", headers=headers))
    client.close()
    assert response.status == 200, response
    return response.body.decode()


def stars(html: str) -> str:
    """What everybody knows: none is v1, black is v2, red is v3."""
    colors = set(re.findall(r'<font color="(\w+)"', html))
    assert "Error fetching" not in html and len(colors) < 2
    return colors.pop() if colors else "none"


def log_in(mesh, name: str) -> dict:
    client = Client("127.0.0.1", mesh.gateway_port)
    body = f"username={name}&passwd=".encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.request(request_bytes("POST", "/login", host="localhost", headers=kind, body=body), "POST")
    client.close()
    assert response.status in (302, 303), response
    return {"Cookie": response.value("set-cookie").split(";")[0]}


def test_jason_alone_sees_the_new_version(mesh, kubectl, loads):
    kubectl("apply", "-f", SAMPLES / NETWORKING / "virtual-service-reviews-jason.yaml")
    jason, other = log_in(mesh, "jason"), log_in(mesh, "anna")
    # Once could be by chance: without the rule every version is drawn.
    eventually(lambda: all(stars(page(mesh, jason)) == "black" and stars(page(mesh)) == "none" for _ in range(6)), 20)
    for _ in range(8):
        html = page(mesh, jason)
        assert stars(html) == "black" and "jason" in html
        assert stars(page(mesh)) == stars(page(mesh, other)) == "none"
    with Clock() as clock:
        kubectl("delete", "virtualservice", "reviews")
    eventually(lambda: stars(page(mesh)) != "none", 20)
    took = time.time() - clock.acknowledged
    mesh.note(f"delete of the header rule: another version within {took:.2f} s")
    assert took < clock.limit(2)
    eventually(lambda: len({stars(page(mesh)) for _ in range(12)}) == 3, 20)
