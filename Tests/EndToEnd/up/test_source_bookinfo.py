"""Bookinfo's own rules, unchanged: what each of them promises, seen by real requests."""
import re

import pytest


from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from up.mesh import SAMPLES
from up.rules import applied, echo, service, split
from up.sources import folder, needs_sources
from up.test_http_rules import timed
from up.test_traffic_shifting import log_in, page, stars

pytestmark = [pytest.mark.needs_root, needs_sources]

FOLDER = folder("bookinfo")
VERSION = re.compile(r'"podname": "reviews-(v\d)-')
REVIEWS = "http://reviews:9080/reviews/0"


@pytest.fixture(scope="module")
def subsets(mesh):
    with applied(mesh.kubectl, FOLDER.file("destination-rule-all")):
        yield


def reviews(probe, **more):
    return lambda count: probe.ask(REVIEWS, count, **more)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("virtual-service-all-v1", {"v1": 1}),
        ("virtual-service-reviews-80-20", {"v1": 80, "v2": 20}),
        ("virtual-service-reviews-90-10", {"v1": 90, "v2": 10}),
        ("virtual-service-reviews-50-v3", {"v1": 50, "v3": 50}),
        ("virtual-service-reviews-v2-v3", {"v2": 50, "v3": 50}),
        ("virtual-service-reviews-v3", {"v3": 1}),
    ],
)
def test_split(probe, kubectl, subsets, name, weights):
    with applied(kubectl, FOLDER.file(name)):
        split(reviews(probe), VERSION, weights)


@pytest.mark.parametrize(
    ("name", "others"), [("virtual-service-reviews-test-v2", "v1"), ("virtual-service-reviews-jason-v2-v3", "v3")]
)
def test_a_version_for_jason(probe, kubectl, subsets, name, others):
    with applied(kubectl, FOLDER.file(name)):
        split(reviews(probe), VERSION, {others: 1}, 20)
        split(reviews(probe, headers={"end-user": "jason"}), VERSION, {"v2": 1}, 20)


def test_ratings_fail_for_jason(mesh, kubectl, subsets):
    jason = log_in(mesh, "jason")
    names = ["virtual-service-all-v1", "virtual-service-reviews-test-v2", "virtual-service-ratings-test-abort"]
    with applied(kubectl, *FOLDER.files(*names)):

        def settled() -> bool:
            """Every sidecar has its rules: without those of the product page both versions come by chance."""
            unavailable = "Ratings service is currently unavailable"
            return all(unavailable in page(mesh, jason) and stars(page(mesh)) == "none" for _ in range(5))

        eventually(settled, 20)


def test_ratings_are_too_slow_for_jason(mesh, kubectl, subsets):
    jason = log_in(mesh, "jason")
    names = ["virtual-service-all-v1", "virtual-service-reviews-test-v2", "virtual-service-ratings-test-delay"]
    with applied(kubectl, *FOLDER.files(*names)):
        eventually(lambda: "Error fetching product reviews" in timed(mesh, jason)[1], 30)
        seconds, _ = timed(mesh, jason)
        assert 5.9 < seconds < 7.5
        assert timed(mesh, {})[0] < 3


def test_details_fail(mesh, probe, kubectl, subsets):
    with applied(kubectl, FOLDER.file("fault-injection-details-v1")):
        eventually(lambda: "Error fetching product details" in page_with_errors(mesh), 10)
        (answer,) = probe.ask("http://details:9080/details/0")
        assert (answer["status"], answer["text"]) == (555, "fault filter abort")
    # The file has a DestinationRule of the same name as that of the other one.
    kubectl("apply", "-f", FOLDER.file("destination-rule-all"))


def page_with_errors(mesh) -> str:
    client = Client("127.0.0.1", mesh.gateway_port)
    response = client.request(request_bytes(path="/productpage", host="localhost"))
    client.close()
    assert response.status == 200
    return response.body.decode()


def test_a_version_of_details_that_nobody_runs(mesh, probe, kubectl, subsets):
    with applied(kubectl, FOLDER.file("virtual-service-details-v2")):
        eventually(lambda: "Error fetching product details" in page_with_errors(mesh), 10)

        def nobody() -> bool:
            (answer,) = probe.ask("http://details:9080/details/0")
            assert (answer["status"], answer["text"]) == (503, "no healthy upstream")
            return True

        # The rule before this one may be in force a moment longer here than at the product page.
        eventually(nobody, 10)


@pytest.mark.parametrize(
    "name", ["virtual-service-ratings-db", "virtual-service-ratings-mysql", "virtual-service-ratings-mysql-vm"]
)
def test_ratings_by_a_database_that_nobody_runs(probe, kubectl, subsets, name):
    with applied(kubectl, FOLDER.file(name)):
        split(reviews(probe), VERSION, {"v3": 1}, 10)
        (answer,) = probe.ask("http://ratings:9080/ratings/0")
        assert (answer["status"], answer["text"]) == (503, "no healthy upstream")
        assert "Ratings service is currently unavailable" in probe.ask(REVIEWS)[0]["text"]


def test_reviews_at_random(probe, kubectl):
    with applied(kubectl, FOLDER.file("destination-rule-reviews")):
        split(reviews(probe), VERSION, {"v1": 1, "v2": 1, "v3": 1})
    # It took the place of the rule with the same name.
    kubectl("apply", "-f", FOLDER.file("destination-rule-all"))


def test_a_service_for_each_version(probe, kubectl):
    with applied(kubectl, FOLDER.file("bookinfo-versions")):
        for version in ["v1", "v2", "v3"]:
            url = f"http://reviews-{version}:9080/reviews/0"
            eventually(lambda: probe.ask(url).statuses[200], 10)
            assert probe.ask(url, 5).named(VERSION) == {version: 5}
        assert probe.ask("http://productpage-v1:9080/productpage").statuses == {200: 1}


def test_the_gateway(mesh, kubectl):
    try:
        kubectl("apply", "-f", FOLDER.file("bookinfo-gateway"))
        eventually(lambda: "Error fetching" not in page_with_errors(mesh), 10)
        client = Client("127.0.0.1", mesh.gateway_port)
        assert client.request(request_bytes(path="/api/v1/products", host="any.example")).status == 200
        client.close()
    finally:
        kubectl("apply", "-f", SAMPLES / "bookinfo/gateway.yaml")


def test_challenges_at_the_gateway(mesh, probe):
    """What cert-manager asks of an ingress: a path of every host leads to its own resolver."""
    system = mesh.kubectl.within("istio-system")
    resolver = [*echo("cert-manager-resolver", {"app": "resolver"})]
    resolver.append(service("cert-manager-resolver", {"app": "resolver"}, 8089))
    system.apply(*resolver)
    url = "http://istio-ingressgateway.istio-system/.well-known/acme-challenge/token"
    try:
        system("rollout", "status", "deployment/cert-manager-resolver", "--timeout=60s")
        with applied(system, FOLDER.file("certmanager-gateway")):
            eventually(lambda: probe.ask(url, headers={"Host": "shop.example"}).statuses[200], 15)
            (answer,) = probe.ask(url, headers={"Host": "other.example"})
            assert answer["status"] == 200 and '"path": "/.well-known/acme-challenge/token"' in answer["text"]
            assert probe.ask(url.replace("acme-challenge", "other")).statuses[200] == 0
    finally:
        name = "cert-manager-resolver"
        system("delete", f"deployment/{name}", f"service/{name}", f"configmap/{name}", "--wait=false")
