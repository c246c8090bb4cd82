"""The same verdict from both engines and a reference: generated policies, live in one workload.

Each round replaces the policies of the mesh and makes calls; a marker among the policies tells when they are in force.
"""
import subprocess
import time

import pytest
import yaml

from conformance.table import FIXTURES
from harness.http_client import BrokenResponse, request_bytes
from harness.programs import program
from harness.sidecar import ENGINES
from harness.world import World

from .generator import ADDRESS, DOMAINS, Generator
from .reference import Call, Mesh

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(14, 15, 16, 17, 21)]

_ROUNDS, _CALLS = 50, 20
_FILE = "policies.yaml"


@pytest.fixture(scope="module")
def world():
    text = (FIXTURES / "mesh" / "secure.yaml").read_text()
    one = World("decisions", text, {"trustDomainAliases": DOMAINS[1:]}, identities=True)
    yield one
    one.close()


def _marker(number: int) -> dict:
    """Refuses one path; its name comes before all others, so that a refusal names it."""
    return {
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": f"a-marker-{number}", "namespace": "default"},
        "spec": {
            "action": "DENY",
            "rules": [{"to": [{"operation": {"paths": [f"/marker-{number}"], "ports": ["8080"]}}]}],
        },
    }


def _wait(world: World, sidecar, number: int):
    wanted = f"rbac_access_denied_matched_policy[ns[default]-policy[a-marker-{number}]-rule[0]]"
    deadline = time.monotonic() + 15
    while True:
        sidecar.log.skip()
        call = Call("http", ADDRESS, 8080, "10.10.99.1", path=f"/marker-{number}")
        world.namespace.inside(_verdict, world, call)
        lines = sidecar.log.lines(1, 1, lambda entry: entry["path"] == call.path)
        if lines and lines[-1]["details"] == wanted:
            return
        assert time.monotonic() < deadline, f"round {number} did not arrive: {lines[-1:]}"
        time.sleep(0.02)


def _verdict(world: World, call: Call) -> str:
    """`allowed`, `refused`, or what else happened."""
    is_http = call.protocol == "http"
    alpn = ["istio-http/1.1", "istio", "http/1.1"] if is_http else ["istio-peer-exchange", "istio"]
    tls = call.principal and {"as": call.principal, "alpn": alpn, "sni": call.sni or None}
    client = None
    try:
        client = world.client(tls, call.address, call.port, call.source)
        if not is_http:
            client.send(b"hello\n")
            return "allowed" if client.line() == b"web hello\n" else "another reply"
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


def _rounds() -> list:
    rounds = [Generator(seed) for seed in range(_ROUNDS)]
    return [(one.seed, one.policies(), one.calls(_CALLS)) for one in rounds]


def test_every_generated_policy_is_accepted(tmp_path):
    file = tmp_path / "policies.yaml"
    file.write_text(yaml.safe_dump_all([one for _, policies, _ in _rounds() for one in policies]))
    done = subprocess.run([program("martlet"), "validate", "-f", file], capture_output=True, text=True, timeout=60)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if " error: " in line]
    assert done.returncode == 0 and not errors, "\n".join(errors)


def test_either_verdict_is_common():
    mesh = Mesh("default", {"app": "web"}, DOMAINS)
    verdicts = [mesh.allows(policies, call) for _, policies, calls in _rounds() for call in calls]
    assert len(verdicts) >= 400 and 0.2 < sum(verdicts) / len(verdicts) < 0.8


def test_the_engines_differ_by_repeated_headers_only():
    ours, envoys = (Mesh("default", {"app": "web"}, DOMAINS, every) for every in (True, False))
    for seed, policies, calls in _rounds():
        for call in calls:
            if not isinstance(call.headers.get("x-color"), list):
                assert ours.allows(policies, call) == envoys.allows(policies, call), f"seed {seed}: {call}"


@pytest.mark.parametrize("engine", ENGINES)
def test_decisions_equal_the_reference(engine, world):
    mesh = Mesh("default", {"app": "web"}, DOMAINS, admits_by_every_line=engine == "swift")
    sidecar = world.enter(engine, "web.default")
    report, count = [], 0
    for seed, policies, calls in _rounds():
        text = yaml.safe_dump_all(policies, sort_keys=False)
        world.control_plane.write(_FILE, f"{text}---\n{yaml.safe_dump(_marker(seed))}")
        _wait(world, sidecar, seed)
        wrong = []
        for call in calls:
            count += 1
            want = "allowed" if mesh.allows(policies, call) else "refused"
            got = world.namespace.inside(_verdict, world, call)
            if got != want:
                wrong.append(f"  {call}\n    {engine}: {got}, reference: {want}")
        if wrong:
            report.append(f"seed {seed}\n{text}" + "\n".join(wrong))
    if report:
        pytest.fail(f"{len(report)} rounds of {count} decisions differ:\n" + "\n".join(report), pytrace=False)
