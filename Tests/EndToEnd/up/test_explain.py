"""`martlet explain`: a request is found again at every hop, with the rules that decided about it."""
import json
import subprocess
import uuid

import pytest

from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from harness.programs import program
from up.mesh import SAMPLES

pytestmark = pytest.mark.needs_root


def explain(mesh, *words, check=True) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [program("martlet"), "explain", "--kubeconfig", mesh.kubeconfig, *map(str, words)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done


def workload(hop: dict) -> str:
    """`productpage-v1` of `productpage-v1-56bd55489f-p2cpd.default`."""
    return hop["proxy"].split(".")[0].rsplit("-", 2)[0]


def ask(mesh, path: str, **headers) -> str:
    """Sends a request with an id of its own and answers the id."""
    identity = str(uuid.uuid4())
    client = Client("127.0.0.1", mesh.gateway_port)
    client.request(request_bytes(path=path, host="localhost", headers={"x-request-id": identity, **headers}))
    client.close()
    return identity


@pytest.fixture(scope="module")
def rules(mesh):
    files = [SAMPLES / f"bookinfo/networking/{name}.yaml" for name in ("destination-rule-all", "virtual-service-all-v1")]
    for file in files:
        mesh.kubectl("apply", "-f", file)
    yield files
    for file in files:
        mesh.kubectl("delete", "-f", file)


@pytest.fixture(autouse=True)
def only_where_it_is_kept(mesh, request):
    if mesh.engine == "envoy" and "envoy" not in request.node.name.split("[")[0]:
        pytest.skip("Envoy remembers no requests")


def to_reviews(hops: list) -> dict:
    found = [hop for hop in hops if "|reviews." in hop["decision"].get("cluster", {}).get("name", "")]
    assert found, hops
    return found[0]


def test_every_hop_of_a_request_is_told(mesh, rules):
    def hops():
        report = json.loads(explain(mesh, ask(mesh, "/productpage"), "-o", "json", "-f", rules[1]).stdout)
        found = {(workload(hop), hop["direction"]): hop for hop in report["hops"]}
        calls = [
            ("istio-ingressgateway", "gateway"), ("productpage-v1", "inbound"), ("productpage-v1", "outbound"),
            ("reviews-v1", "inbound"), ("details-v1", "inbound"),
        ]  # fmt: skip
        missing = [call for call in calls if call not in found]
        assert not missing, f"{missing} not in {list(found)}"
        times = [hop["decision"]["time"] for hop in report["hops"]]
        assert times == sorted(times)
        assert report["hops"][0]["direction"] == "gateway"
        # By chance a call goes to v1 before the rule is there.
        decision = to_reviews(report["hops"])["decision"]
        assert "object" in decision["route"] and "object" in decision["cluster"], decision
        return report["hops"]

    # Until the rules have reached every proxy the calls go to any version.
    told = to_reviews(eventually(hops, 20))
    decision = told["decision"]
    assert decision["route"]["object"] == "VirtualService default/reviews"
    assert decision["route"]["rule"] == "http[0]"
    assert decision["cluster"]["subset"] == "v1"
    assert decision["cluster"]["object"] == "DestinationRule default/reviews"
    known = told["objects"][decision["route"]["config"]]
    assert known["resourceVersion"] == mesh.kubectl.value("virtualservice", "reviews", ".metadata.resourceVersion")
    assert known["locations"]["http[0]"].startswith(str(rules[1]))
    assert [attempt["status"] for attempt in decision["attempts"]] == [200]
    assert told["pods"][decision["attempts"][0]["endpoint"]].startswith("reviews-v1-")


def test_it_is_told_to_people(mesh, rules):
    text = explain(mesh, ask(mesh, "/productpage")).stdout
    assert "A gateway gave the request an id of its own" in text
    assert text.count("answer        200") >= 5
    assert "VirtualService default/bookinfo spec.http[0], resourceVersion" in text


def test_a_route_that_is_missing_is_explained(mesh, rules):
    told = json.loads(explain(mesh, ask(mesh, "/nowhere"), "-o", "json").stdout)["hops"]
    assert [hop["direction"] for hop in told] == ["gateway"]
    decision = told[0]["decision"]
    assert decision["answer"]["status"] == 404
    assert [flag["name"] for flag in decision["answer"]["flags"]] == ["NR"]
    assert decision["route"]["passedOver"] and all("the path /nowhere" in p["reason"] for p in decision["route"]["passedOver"])


def test_an_unknown_id_is_said_to_be(mesh):
    done = explain(mesh, "no-such-id", check=False)
    assert done.returncode == 1
    assert "no-such-id: no such request is remembered by" in done.stderr


def test_the_last_requests_of_a_pod(mesh):
    ask(mesh, "/productpage")
    told = json.loads(explain(mesh, "--last", 2, "--pod", "productpage-v1.default", "-o", "json").stdout)["hops"]
    assert len(told) == 2 and {workload(hop) for hop in told} == {"productpage-v1"}


def test_envoy_says_that_it_remembers_none(mesh):
    if mesh.engine != "envoy":
        pytest.skip("of the other engine")
    done = explain(mesh, "any-id", check=False)
    assert done.returncode == 1
    assert "Envoy, which remembers no requests" in done.stderr and "access log" in done.stderr
