"""The same verdict from both engines and a reference: generated policies, live in a workload and in a gateway.

Each round replaces the policies of the mesh and makes calls; a marker among the policies tells when they are in force.
"""
import subprocess
import time
from dataclasses import dataclass

import pytest
import yaml

from conformance.table import FIXTURES
from harness.http_client import BrokenResponse, request_bytes
from harness.programs import program
from harness.sidecar import ENGINES
from harness.world import World

from .generator import ADDRESS, DOMAINS, GATEWAY_ADDRESS, GatewayGenerator, Generator
from .reference import Call, Mesh

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(14, 15, 16, 17, 21)]

_CALLS = 20
_FILE = "policies.yaml"


@dataclass(frozen=True)
class Place:
    """Where policies are in force: the pod, what its generator and its reference know of it."""

    pod: str
    role: str
    port: int
    address: str
    server: str
    generator: type
    namespace: str
    labels: tuple
    #: As many as every field needs for either verdict on HTTP and TCP, which a test of its own asks.
    seeds: tuple

    def rounds(self) -> list:
        rounds = [self.generator(seed) for seed in self.seeds]
        return [(one.seed, one.policies(), one.calls(_CALLS)) for one in rounds]

    def mesh(self, every_line: bool = True) -> Mesh:
        return Mesh(self.namespace, dict([self.labels]), DOMAINS, every_line, is_edge=self.role == "router")


PLACES = {
    "sidecar": Place("web.default", "sidecar", 8080, ADDRESS, "web", Generator, "default", ("app", "web"),
                     (*range(50), 68)),
    "gateway": Place("gate.istio-system", "router", 8000, GATEWAY_ADDRESS, "audited", GatewayGenerator, "istio-system",
                     ("app", "gate"), (*range(6), 15, 61, 68, 93, 268)),
}  # fmt: skip
_DOORS = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-system}
spec:
  selector: {app: gate}
  servers:
  - {port: {number: 8000, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 8001, name: tcp, protocol: TCP}, hosts: ["*"]}
  - {port: {number: 8443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: ISTIO_MUTUAL}}
  - {port: {number: 9443, name: tls, protocol: TLS}, hosts: ["*"], tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: open, namespace: default}
spec:
  hosts: ["*"]
  gateways: [istio-system/public]
  http: [{route: [{destination: {host: audited, port: {number: 80}}}]}]
  tcp: [{route: [{destination: {host: audited, port: {number: 9000}}}]}]
"""


@pytest.fixture(scope="module")
def worlds():
    """The world of a place; the one before is closed when the next is asked for."""
    current = {}

    def world(name: str) -> World:
        if name not in current:
            while current:
                current.popitem()[1].close()
            text = (FIXTURES / "mesh" / ("secure.yaml" if name == "sidecar" else "doors.yaml")).read_text()
            text += f"\n---\n{_DOORS}" if name == "gateway" else ""
            current[name] = World(f"decisions-{name}", text, {"trustDomainAliases": DOMAINS[1:]}, identities=True)
        return current[name]

    yield world
    for one in current.values():
        one.close()


def _marker(place: Place, number: int) -> dict:
    """Refuses one path; its name comes before all others, so that a refusal names it."""
    return {
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": f"a-marker-{number}", "namespace": place.namespace},
        "spec": {
            "action": "DENY",
            "rules": [{"to": [{"operation": {"paths": [f"/marker-{number}"], "ports": [str(place.port)]}}]}],
        },
    }


def _wait(world: World, place: Place, sidecar, number: int):
    wanted = f"rbac_access_denied_matched_policy[ns[{place.namespace}]-policy[a-marker-{number}]-rule[0]]"
    deadline = time.monotonic() + 15
    while True:
        sidecar.log.skip()
        call = Call("http", place.address, place.port, "10.10.99.1", path=f"/marker-{number}")
        world.namespace.inside(_verdict, world, place, call)
        lines = sidecar.log.lines(1, 1, lambda entry: entry["path"] == call.path)
        if lines and lines[-1]["details"] == wanted:
            return
        assert time.monotonic() < deadline, f"round {number} did not arrive: {lines[-1:]}"
        time.sleep(0.02)


def _verdict(world: World, place: Place, call: Call) -> str:
    """`allowed`, `refused`, or what else happened."""
    is_http = call.protocol == "http"
    alpn = ["istio-http/1.1", "istio", "http/1.1"] if is_http else ["istio-peer-exchange", "istio"]
    tls = call.principal and {"as": call.principal, "alpn": alpn, "sni": call.sni or None}
    client = None
    try:
        client = world.client(tls, call.address, call.port, call.source)
        if not is_http:
            client.send(b"hello\n")
            return "allowed" if client.line() == f"{place.server} hello\n".encode() else "another reply"
        answer = client.request(request_bytes(call.method, call.path, call.host, call.headers))
    except (BrokenResponse, ConnectionError) as broken:
        received = getattr(broken, "received", b"")
        return "refused" if not is_http and not received and "time" not in str(broken) else f"broken: {broken}"
    finally:
        if client is not None:
            client.close()
    if answer.status == 403 and answer.body == b"RBAC: access denied":
        return "refused"
    return "allowed" if answer.status == 200 else f"{answer.status}: {answer.body[:100]!r}"


@pytest.mark.parametrize("place", PLACES)
def test_every_generated_policy_is_accepted(place, tmp_path):
    file = tmp_path / "policies.yaml"
    file.write_text(yaml.safe_dump_all([one for _, policies, _ in PLACES[place].rounds() for one in policies]))
    done = subprocess.run([program("martlet"), "validate", "-f", file], capture_output=True, text=True, timeout=60)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if " error: " in line]
    assert done.returncode == 0 and not errors, "\n".join(errors)


@pytest.mark.parametrize("place", PLACES)
def test_either_verdict_is_common(place):
    mesh = PLACES[place].mesh()
    verdicts = [mesh.allows(policies, call) for _, policies, calls in PLACES[place].rounds() for call in calls]
    assert len(verdicts) >= 200 and 0.2 < sum(verdicts) / len(verdicts) < 0.8


@pytest.mark.parametrize("protocol", ["http", "tcp"])
@pytest.mark.parametrize("place", PLACES)
def test_every_field_is_asked_for_on_every_protocol(place, protocol):
    """The table has no hole: each field and its not-variant, with either verdict."""
    mesh, seen = PLACES[place].mesh(), {}
    for _, policies, calls in PLACES[place].rounds():
        fields = {name for policy in policies for rule in policy["spec"].get("rules", []) for name in _fields(rule)}
        for call in calls:
            if call.protocol == protocol:
                for name in fields:
                    seen.setdefault(name, set()).add(mesh.allows(policies, call))
    lacking = {name: seen.get(name, set()) for name in _EVERY_FIELD if seen.get(name, set()) != {True, False}}
    assert not lacking, f"fields without either verdict: {lacking}"


_SOURCES = ["principals", "namespaces", "serviceAccounts", "trustDomains", "ipBlocks", "remoteIpBlocks", "requestPrincipals"]
_OPERATIONS = ["hosts", "ports", "methods", "paths"]
_KEYS = [
    "source.ip", "remote.ip", "source.namespace", "source.principal", "source.serviceAccount", "destination.ip",
    "destination.port", "connection.sni", "request.headers[x-color]", "request.auth.principal", "request.auth.claims[group]",
]  # fmt: skip
_EVERY_FIELD = [*_SOURCES, *_OPERATIONS, *(f"not{one[0].upper()}{one[1:]}" for one in _SOURCES + _OPERATIONS)] + [
    f"{key} {kind}" for key in _KEYS for kind in ("values", "notValues")
]


def _fields(rule: dict):
    for one in rule.get("from", []):
        yield from one["source"]
    for one in rule.get("to", []):
        yield from one["operation"]
    for one in rule.get("when", []):
        yield from (f"{one['key']} {kind}" for kind in ("values", "notValues") if kind in one)


@pytest.mark.parametrize("place", PLACES)
def test_the_engines_differ_by_repeated_headers_only(place):
    ours, envoys = (PLACES[place].mesh(every) for every in (True, False))
    for seed, policies, calls in PLACES[place].rounds():
        for call in calls:
            if not isinstance(call.headers.get("x-color"), list):
                assert ours.allows(policies, call) == envoys.allows(policies, call), f"seed {seed}: {call}"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("engine", ENGINES)
def test_decisions_equal_the_reference(engine, place, worlds):
    world, where = worlds(place), PLACES[place]
    mesh = where.mesh(engine == "swift")
    sidecar = world.enter(engine, where.pod, where.role)
    report, count = [], 0
    for seed, policies, calls in where.rounds():
        text = yaml.safe_dump_all(policies, sort_keys=False)
        world.control_plane.write(_FILE, f"{text}---\n{yaml.safe_dump(_marker(where, seed))}")
        _wait(world, where, sidecar, seed)
        wrong = []
        for call in calls:
            count += 1
            want = "allowed" if mesh.allows(policies, call) else "refused"
            got = world.namespace.inside(_verdict, world, where, call)
            if got != want:
                wrong.append(f"  {call}\n    {engine}: {got}, reference: {want}")
        if wrong:
            report.append(f"seed {seed}\n{text}" + "\n".join(wrong))
    if report:
        pytest.fail(f"{len(report)} rounds of {count} decisions differ:\n" + "\n".join(report), pytrace=False)
