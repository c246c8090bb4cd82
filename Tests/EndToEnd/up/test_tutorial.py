"""The three hops of the tutorial, and httpbin: from outside and from inside."""
import json
import re
from collections import Counter

import pytest

from harness import shares
from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from up.mesh import SAMPLES
from up.workloads import deployment

pytestmark = pytest.mark.needs_root

ANSWER = re.compile(r"customer => preference => recommendation (v\d) from '(recommendation-v\d-[^']+)': \d+\n")


@pytest.fixture(scope="module")
def tutorial(mesh):
    kubectl = mesh.kubectl.within("tutorial")
    for name in ["destination-rule-recommendation", "virtual-service-recommendation-80-20"]:
        kubectl("apply", "-f", SAMPLES / f"tutorial/networking/{name}.yaml")
    kubectl.apply(deployment("curl"))
    kubectl("rollout", "status", "deployment/curl", "--timeout=60s")
    yield kubectl
    kubectl("delete", "virtualservice,destinationrule", "recommendation")
    kubectl("delete", "deployment", "curl")


def versions(text: str) -> Counter:
    return Counter(version for version, _ in ANSWER.findall(text))


def outside(mesh, count: int) -> Counter:
    client = Client("127.0.0.1", mesh.gateway_port)
    seen = Counter()
    for _ in range(count):
        response = client.request(request_bytes(path="/customer", host="localhost"))
        assert response.status == 200 and ANSWER.fullmatch(response.body.decode()), response
        seen += versions(response.body.decode())
    client.close()
    return seen


def test_eighty_twenty_through_the_gateway(mesh, tutorial):
    eventually(lambda: shares.complaint(outside(mesh, 60), {"v1": 80, "v2": 20}) is None)
    assert shares.complaint(outside(mesh, 300), {"v1": 80, "v2": 20}) is None


def test_the_loop_of_the_tutorial_from_a_pod(tutorial):
    loop = "for i in $(seq 1 100); do curl -sS http://customer.tutorial.svc.cluster.local:8080/; done"
    text = tutorial("exec", "deploy/curl", "-c", "app", "--", "sh", "-c", loop, seconds=60).out
    assert sum(versions(text).values()) == 100, text[-500:]
    assert shares.complaint(versions(text), {"v1": 80, "v2": 20}) is None


def test_the_next_step_by_file(mesh, tutorial):
    tutorial("apply", "-f", SAMPLES / "tutorial/networking/virtual-service-recommendation-50-50.yaml")
    eventually(lambda: shares.complaint(outside(mesh, 100), {"v1": 50, "v2": 50}) is None)


def test_a_misbehaving_version_is_seen_and_behaves_again(mesh, tutorial):
    """As the tutorial does it: inside of the pod, past the proxies."""
    pod = tutorial("get", "pods", "-l", "app=recommendation,version=v2", "-o", "jsonpath={.items[0].metadata.name}").out
    try:
        inside = ["exec", pod, "-c", "recommendation", "--", "curl", "-sS"]
        assert "503" in tutorial(*inside, "localhost:8080/misbehave").out
        client = Client("127.0.0.1", mesh.gateway_port)
        statuses = Counter(client.request(request_bytes(path="/customer", host="localhost")).status for _ in range(40))
        client.close()
        assert set(statuses) <= {200, 503} and statuses[200], statuses
    finally:
        tutorial("exec", pod, "-c", "recommendation", "--", "curl", "-sS", "localhost:8080/behave")
    outside(mesh, 40)


def test_httpbin(mesh, kubectl):
    client = Client("127.0.0.1", mesh.gateway_port)
    for status in [200, 404, 418, 500]:
        assert client.request(request_bytes(path=f"/status/{status}", host="localhost")).status == status
    headers = {"x-mine": "yes"}
    response = client.request(request_bytes(path="/headers", host="localhost", headers=headers))
    seen = {name.lower(): value for name, value in json.loads(response.body)["headers"].items()}
    assert "yes" in str(seen["x-mine"]) and "x-request-id" in seen and "x-forwarded-proto" in seen
    assert client.request(request_bytes(path="/delay/1", host="localhost")).seconds >= 1
    client.close()
    inside = ["exec", "deploy/details-v1", "-c", "details", "--", "curl", "-sS"]
    assert json.loads(kubectl(*inside, "http://httpbin:8000/get?a=b").out)["args"]
