"""The YAML of the articles the project began with, unchanged: what each of them promises of HTTP traffic."""
import json
import re

import pytest
import yaml

from harness import shares
from harness.cluster import eventually
from up.rules import Prober, applied, echo, service, split
from up.sources import folder, needs_sources
from up.workloads import namespace

pytestmark = [pytest.mark.needs_root, needs_sources]

FOLDER = folder("source-yaml")
SERVER = re.compile(r'"server": "echo-(v\d)"')
HOSTS = ["reviews", "ratings", "httpbin", "myapp", "api-service", "frontend-service"]


def servers(kubectl, hosts: list):
    """Two versions of one echo server, under as many names."""
    for version in ["v1", "v2"]:
        kubectl.apply(*echo(f"echo-{version}", {"app": "echo", "version": version}))
    kubectl.apply(*[service(host, {"app": "echo"}) for host in hosts])
    for version in ["v1", "v2"]:
        kubectl("rollout", "status", f"deployment/echo-{version}", "--timeout=90s")


@pytest.fixture(scope="module")
def production(mesh):
    kubectl = mesh.kubectl.within("production")
    mesh.kubectl.apply(namespace("production"))
    servers(kubectl, HOSTS)
    kubectl.apply(service("api-service", {"app": "echo"}, 8080))
    yield kubectl
    mesh.kubectl("delete", "namespace", "production", "--wait=false")


@pytest.fixture(scope="module")
def payments(mesh):
    kubectl = mesh.kubectl.within("payments")
    mesh.kubectl.apply(namespace("payments"))
    servers(kubectl, ["payments-api"])
    yield kubectl
    mesh.kubectl("delete", "namespace", "payments", "--wait=false")


def at(host: str, space: str = "production") -> str:
    return f"http://{host}.{space}.svc.cluster.local/"


def asked(probe, url: str, **more):
    return lambda count: probe.ask(url, count, **more)


def test_payments(probe, payments):
    """A canary of a tenth, its retries, and its next step by a patch."""
    url = at("payments-api", "payments")
    with applied(payments, FOLDER.file("s0-payments-canary")):
        split(asked(probe, url), SERVER, {"v1": 90, "v2": 10})
        tries = {"x-echo-tries": "503 reset 503 200"}
        assert probe.ask(url, 8, headers=tries).statuses == {200: 8}
        assert probe.ask(url, headers={"x-echo-tries": "503 503 503 503 200"}).statuses == {503: 1}
        patch = json.dumps(yaml.safe_load(FOLDER.file("s0-payments-patch").read_text()))
        payments("patch", "virtualservice", "payments-api", "--type", "merge", "-p", patch)
        split(asked(probe, url), SERVER, {"v1": 50, "v2": 50})


def test_httpbin_and_a_rule_without_hosts(mesh, probe):
    kubectl = mesh.kubectl.within("seed")
    mesh.kubectl.apply(namespace("seed"))
    try:
        kubectl("apply", "-f", FOLDER.file("s1-httpbin"))
        kubectl("rollout", "status", "deployment/httpbin", "--timeout=90s")
        url = "http://httpbin.seed:8000/get"
        eventually(lambda: probe.ask(url).statuses[200], 10)
        output = kubectl("apply", "-f", FOLDER.file("s1-httpbin-virtualservice-without-hosts"))
        assert "no hosts" in output.err, output
        assert probe.ask(url, 5).statuses == {200: 5}
    finally:
        mesh.kubectl("delete", "namespace", "seed", "--wait=false")


def test_reviews_by_cookie_and_for_jason(probe, production):
    url = at("reviews")
    with applied(production, FOLDER.file("s2-reviews-destinationrule")):

        def cookie() -> str:
            return probe.ask(url)[0]["headers"].get("set-cookie", "")

        eventually(lambda: cookie().startswith("user="), 10)
        assert "max-age" not in cookie().lower(), "ttl 0s is a session's"
        seen = {}
        for user in "abcdefgh":
            answers = probe.ask(url, 8, headers={"cookie": f"user={user}"})
            assert len(answers.named(SERVER)) == 1 and answers.statuses == {200: 8}
            seen |= answers.named(SERVER)
        assert set(seen) == {"v1", "v2"}, "eight users with one version"
        with applied(production, FOLDER.file("s2-reviews-jason")):
            split(asked(probe, url, headers={"end-user": "jason"}), SERVER, {"v2": 1}, 10)
            split(asked(probe, url), SERVER, {"v1": 90, "v2": 10})


def test_ratings_with_retries(probe, production):
    """Each of the two servers counts the tries for itself, and a retry goes to the other one."""
    url = at("ratings")
    with applied(production, FOLDER.file("s2-ratings-retries")):
        eventually(lambda: probe.ask(url, headers={"x-echo-tries": "503 200"}).statuses[200], 10)
        assert probe.ask(url, 4, headers={"x-echo-tries": "500 200"}).statuses == {200: 4}
        assert probe.ask(url, 4, headers={"x-echo-tries": "reset 200"}).statuses == {200: 4}
        assert probe.ask(url, headers={"x-echo-tries": "503"}).statuses == {503: 1}
        (answer,) = probe.ask(url, headers={"x-echo-tries": "hang 200"})
        assert answer["status"] == 200 and 1.9 < answer["seconds"] < 6


def test_ratings_with_faults(probe, production):
    url = at("ratings")
    with applied(production, FOLDER.file("s2-ratings-fault")):
        eventually(lambda: probe.ask(url).statuses[404], 10)
        assert probe.ask(url, headers={"test-fault": "yes"}).statuses == {404: 1}
        answers = probe.ask(url, 240, concurrent=60, headers={"test-fault": "true"})
        assert shares.complaint(answers.statuses, {200: 95, 500: 5}) is None
        late = sum(one["seconds"] > 4.9 for one in answers)
        assert shares.complaint({"late": late, "at once": 240 - late}, {"late": 10, "at once": 90}) is None


def test_two_requests_for_each_connection(probe, production):
    url = at("httpbin")

    def connections() -> tuple:
        """(connections, requests) of the caller's proxy to the service."""
        words = ["exec", "deploy/probe", "-c", "app", "--", "curl", "-sS", "localhost:15000/stats?usedonly"]
        found = [0, 0]
        for line in probe.kubectl(*words).lines:
            if "|httpbin.production." in line:
                found[0] += int(line.split(": ")[1]) if ".upstream_cx_total: " in line else 0
                found[1] += int(line.split(": ")[1]) if ".upstream_rq_total: " in line else 0
        return tuple(found)

    with applied(production, FOLDER.file("s2-httpbin-circuit-breaker")):

        def moved() -> tuple:
            before = connections()
            assert probe.ask(url, 12).statuses == {200: 12}
            after = connections()
            return after[0] - before[0], after[1] - before[1]

        eventually(lambda: 6 <= moved()[0] <= 8, 15)


def test_myapp(probe, production):
    """The article leaves the DestinationRule of the versions to its readers."""
    url = at("myapp")
    production.apply({
        "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "myapp"},
        "spec": {
            "host": "myapp", "subsets": [{"name": one, "labels": {"version": one}} for one in ["v1", "v2"]],
        },
    })  # fmt: skip
    with applied(production, FOLDER.file("s2-myapp-canary")):
        split(asked(probe, url), SERVER, {"v1": 95, "v2": 5}, 160)
        split(asked(probe, url, headers={"canary": "true"}), SERVER, {"v2": 1}, 10)


def test_the_ingress_sends_to_https(probe, production):
    url = "http://istio-ingressgateway.istio-system/api/x"
    with applied(production, FOLDER.file("s2-ingress-gateway")):
        eventually(lambda: probe.ask(url, headers={"Host": "myapp.company.com"}).statuses[301], 15)
        (answer,) = probe.ask(url, headers={"Host": "myapp.company.com"})
        assert answer["headers"]["location"] == "https://myapp.company.com/api/x"


def test_a_namespace_that_knows_itself(production):
    prober = Prober(production, "inner").create()
    listed = ["exec", "deploy/inner", "-c", "app", "--", "curl", "-sS", "localhost:15000/clusters"]
    try:
        eventually(lambda: "|details.default.svc" in production(*listed).out, 10)
        with applied(production, FOLDER.file("s2-sidecar-scope")):
            eventually(lambda: "|details.default.svc" not in production(*listed).out, 10)
            known = production(*listed).out
            assert "|ratings.production.svc" in known and "|istio-ingressgateway.istio-system.svc" in known
            assert prober.ask(at("ratings"), 5).statuses == {200: 5}
    finally:
        prober.delete()


def test_recommendation(mesh, probe, kubectl):
    """In the namespace that the file names; Bookinfo's reviews have versions, too."""
    kubectl.apply(service("recommendation", {"app": "reviews"}, 80, 9080))
    version = re.compile(r'"podname": "reviews-(v\d)-')
    try:
        with applied(kubectl, FOLDER.file("s3-recommendation")):
            split(asked(probe, "http://recommendation/reviews/0"), version, {"v1": 80, "v2": 20})
    finally:
        kubectl("delete", "service", "recommendation")
