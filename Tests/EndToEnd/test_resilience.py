"""One bad server of three, and storms: what a caller sees with and without the policies against it, by both engines."""
import threading
import time
from collections import Counter

import pytest
import yaml

from harness import shares
from harness.echo_log import header
from harness.http_client import BrokenResponse, Client, request_bytes
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = pytest.mark.needs_root

CALLER = "caller.default"
#: Of the outlier detection of the guarded services, in seconds.
INTERVAL = 0.5
KINDS = {"failing": "503", "hanging": "hang", "resetting": "reset", "slow": "200@7000ms"}


def service(number: int, name: str, addresses: list) -> list:
    return [
        {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
            "spec": {"clusterIP": f"10.96.3.{number}", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
            "endpoints": [{"addresses": [one], "conditions": {"ready": True}} for one in addresses],
        },
    ]  # fmt: skip


def rule(name: str, http: dict) -> dict:
    return {
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"hosts": [name], "http": [{**http, "route": [{"destination": {"host": name}}]}]},
    }  # fmt: skip


def policy(name: str, traffic_policy: dict) -> dict:
    return {
        "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"host": name, "trafficPolicy": {"loadBalancer": {"simple": "ROUND_ROBIN"}, **traffic_policy}},
    }  # fmt: skip


GUARD = {
    "connectionPool": {"tcp": {"maxConnections": 100}, "http": {"http1MaxPendingRequests": 100, "maxRetries": 50}},
    "outlierDetection": {
        "consecutive5xxErrors": 3, "consecutiveGatewayErrors": 3, "interval": f"{int(INTERVAL * 1000)}ms",
        "baseEjectionTime": "60s", "maxEjectionPercent": 50,
    },
}  # fmt: skip
RETRIES = {"attempts": 2, "perTryTimeout": "250ms", "retryOn": "5xx,reset,connect-failure,refused-stream"}


def mesh() -> tuple:
    """The YAML, the servers that are no pods, and the virtual address of each service."""
    objects = [{
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "caller", "namespace": "default", "labels": {"app": "caller"}},
        "spec": {"containers": [{"name": "app", "image": "echo", "ports": [{"containerPort": 8080}]}]},
        "status": {"phase": "Running", "podIP": "10.10.0.1"},
    }]  # fmt: skip
    servers = [
        {"name": "good-1", "address": "10.10.4.1", "ports": [80]},
        {"name": "good-2", "address": "10.10.4.2", "ports": [80]},
    ]
    names = []
    for number, (kind, tries) in enumerate(KINDS.items(), 1):
        address = f"10.10.5.{number}"
        servers.append({"name": kind, "address": address, "ports": [80], "tries": tries})
        for variant in ["bare", "guarded"]:
            names.append(f"{variant}-{kind}")
            objects += service(len(names), names[-1], ["10.10.4.1", "10.10.4.2", address])
        objects += [
            policy(f"bare-{kind}", {}),
            rule(f"bare-{kind}", {"timeout": "250ms", "retries": {"attempts": 0}}),
            policy(f"guarded-{kind}", GUARD),
            rule(f"guarded-{kind}", {"timeout": "2s", "retries": RETRIES}),
        ]
    bad = [f"10.10.6.{number}" for number in (1, 2, 3)]
    servers += [{"name": f"bad-{at}", "address": address, "ports": [80], "tries": "503@20ms"} for at, address in enumerate(bad)]
    storm = {"retries": {"attempts": 5, "retryOn": "5xx", "backoff": "1ms"}}
    limits = {
        "unbounded-storm": {},
        "budget-storm": {"retryBudget": {"percent": 20, "minRetryConcurrency": 1}},
        "limited-storm": {"connectionPool": {"http": {"maxRetries": 1}}},
    }
    for name, limit in limits.items():
        names.append(name)
        objects += [*service(len(names), name, bad), policy(name, limit), rule(name, storm)]
    names.append("half-aborted")
    fault = {"abort": {"percentage": {"value": 50}, "httpStatus": 503}}
    objects += [
        *service(len(names), "half-aborted", ["10.10.4.1", "10.10.4.2"]),
        policy("half-aborted", GUARD),
        rule("half-aborted", {"fault": fault, "retries": RETRIES}),
    ]
    return yaml.safe_dump_all(objects), servers, {name: f"10.96.3.{at}" for at, name in enumerate(names, 1)}


TEXT, SERVERS, ADDRESSES = mesh()


@pytest.fixture(scope="module", params=ENGINES)
def world(request):
    world = World(f"resilience-{request.param}", TEXT, servers=SERVERS)
    try:
        world.enter(request.param, CALLER)
        yield world
    finally:
        world.close()


class Answer:
    def __init__(self, begun: float, status, server):
        self.begun, self.status, self.server = begun, status, server
        self.seconds = time.monotonic() - begun


def load(world, name: str, count: int, workers: int = 6, pause: float = 0.005) -> list:
    """`count` requests by so many callers, each with a connection of its own and a short rest after each answer."""
    data = request_bytes(host=name, headers={"User-Agent": f"resilience {name}"})
    answers, left, lock = [], iter(range(count)), threading.Lock()

    def call():
        client = Client(ADDRESSES[name], 80, "10.10.0.1")
        while True:
            with lock:
                if next(left, None) is None:
                    return client.close()
            begun = time.monotonic()
            try:
                response = client.request(data)
                answer = Answer(begun, response.status, response.value("x-echo-server"))
            except BrokenResponse as broken:
                answer = Answer(begun, str(broken)[:100], None)
                client.close()
                client = Client(ADDRESSES[name], 80, "10.10.0.1")
            answers.append(answer)
            time.sleep(pause)

    def work():
        # Threads begin in the network namespace of the one that starts them.
        threads = [threading.Thread(target=call, daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(answers) == count, f"{len(answers)} of {count} answers within a minute"

    world.namespace.inside(work)
    return answers


def reached(world, name: str, least: int = 0) -> Counter:
    """How many requests for the service came to which server; bodies of the log are not kept."""
    mark = f"resilience {name}"
    found = world.echo_log.settled(lambda one: header(one, "user-agent") == mark, lambda all: len(all) >= least)
    return Counter(one["server"] for one in found)


def statuses(answers: list) -> Counter:
    return Counter(one.status for one in answers)


@pytest.mark.parametrize(("kind", "status"), [("failing", 503), ("hanging", 504), ("resetting", 503)])
def test_without_policies_the_caller_sees_its_share(world, kind, status):
    answers = load(world, f"bare-{kind}", 240)
    assert shares.complaint(statuses(answers), {200: 2, status: 1}) is None


@pytest.mark.parametrize("kind", ["failing", "hanging", "resetting"])
def test_with_limits_ejection_and_retries_the_caller_sees_none(world, kind):
    world.echo_log.skip()
    name = f"guarded-{kind}"
    first = load(world, name, 200)
    # At worst the caller saw some until the first interval was over.
    begun = min(one.begun for one in first)
    assert {one.status for one in first if one.begun > begun + INTERVAL} <= {200}, statuses(first)
    time.sleep(INTERVAL)
    hits = reached(world, name)[kind]
    assert hits >= 3, "the bad one was never asked"
    second = load(world, name, 200)
    assert statuses(second) == {200: 200}
    assert reached(world, name)[kind] == hits, "the bad one was asked although it is ejected"
    assert shares.complaint(Counter(one.server for one in second), {"good-1": 1, "good-2": 1}) is None


def test_half_aborted(world):
    """The proxy's own aborts are not its upstream's errors: neither tried again nor a reason for an ejection."""
    world.echo_log.skip()
    answers = load(world, "half-aborted", 600, pause=0)
    counts = statuses(answers)
    assert shares.complaint(counts, {200: 50, 503: 50}) is None
    servers = reached(world, "half-aborted", counts[200])
    assert sum(servers.values()) == counts[200]
    assert shares.complaint(servers, {"good-1": 1, "good-2": 1}) is None


def test_delays_of_seven_seconds_are_cut(world):
    """By a timeout without retries; by the time of one try with them."""
    answers = load(world, "bare-slow", 120)
    assert shares.complaint(statuses(answers), {200: 2, 504: 1}) is None
    assert max(one.seconds for one in answers) < 1.5
    answers = load(world, "guarded-slow", 120)
    assert statuses(answers) == {200: 120}
    assert max(one.seconds for one in answers) < 1.5


def test_a_storm_of_retries_without_limits(world):
    world.echo_log.skip()
    answers = load(world, "unbounded-storm", 60)
    assert statuses(answers) == {503: 60}
    assert reached(world, "unbounded-storm", 360).total() == 6 * 60


@pytest.mark.parametrize("name", ["budget-storm", "limited-storm"])
def test_a_storm_of_retries_within_limits(world, name):
    """Of the requests under way a fifth, or one, may be retries; without a limit the servers got six for each."""
    world.echo_log.skip()
    answers = load(world, name, 240, workers=8, pause=0)
    assert statuses(answers) == {503: 240}
    tries = reached(world, name, 240).total()
    assert 240 < tries < 240 * 1.6, f"{tries} tries of 240 requests"
