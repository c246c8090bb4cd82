"""The rules of the samples about faults, timeouts, retries, mirrors, ejection, limits and CORS, seen from pods and outside."""
import re
from collections import Counter

import pytest

from harness import shares
from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from up.mesh import SAMPLES
from up.rules import applied, echo
from up.test_traffic_shifting import log_in, page

pytestmark = pytest.mark.needs_root

BOOKINFO = SAMPLES / "bookinfo/networking"
TUTORIAL = SAMPLES / "tutorial/networking"
HTTPBIN = SAMPLES / "httpbin/networking"
VERSION = re.compile(r"recommendation (v\d) from")
CHAIN = "http://customer.tutorial.svc.cluster.local:8080/"
RECOMMENDATION = "http://recommendation.tutorial.svc.cluster.local:8080/"


@pytest.fixture(scope="module")
def tutorial(mesh):
    kubectl = mesh.kubectl.within("tutorial")
    with applied(kubectl, TUTORIAL / "destination-rule-recommendation.yaml"):
        yield kubectl


def misbehave(kubectl, version: str, path: str = "misbehave"):
    """As the tutorial does it: inside of the pod, past the proxies."""
    inside = ["exec", f"deploy/recommendation-{version}", "-c", "recommendation", "--", "curl", "-sS"]
    kubectl(*inside, f"localhost:8080/{path}")


def test_ratings_fail_for_one_user(mesh, kubectl):
    jason = log_in(mesh, "jason")
    rules = ["destination-rule-all.yaml", "virtual-service-reviews-jason.yaml", "virtual-service-ratings-abort.yaml"]
    with applied(kubectl, *[BOOKINFO / one for one in rules]):
        eventually(lambda: "Ratings service is currently unavailable" in page(mesh, jason), 10)
        for _ in range(4):
            assert "Ratings service is currently unavailable" in page(mesh, jason)
            assert "currently unavailable" not in page(mesh)


def timed(mesh, headers: dict) -> tuple:
    client = Client("127.0.0.1", mesh.gateway_port)
    response = client.request(request_bytes(path="/productpage", host="localhost", headers=headers))
    client.close()
    return response.seconds, response.body.decode()


def test_ratings_are_too_slow_for_one_user(mesh, kubectl):
    """Twice the page waits three seconds for reviews, which wait for ratings: the bug that the sample is known for."""
    jason = log_in(mesh, "jason")
    rules = ["destination-rule-all.yaml", "virtual-service-reviews-jason.yaml", "virtual-service-ratings-delay.yaml"]
    with applied(kubectl, *[BOOKINFO / one for one in rules]):
        eventually(lambda: "Error fetching product reviews" in timed(mesh, jason)[1], 30)
        seconds, text = timed(mesh, jason)
        assert 5.9 < seconds < 7.5 and "Error fetching product reviews" in text
        seconds, text = timed(mesh, {})
        assert seconds < 3 and "Error fetching" not in text


def test_reviews_have_half_a_second(mesh, kubectl):
    rules = ["destination-rule-all.yaml", "virtual-service-reviews-timeout.yaml"]
    with applied(kubectl, *[BOOKINFO / one for one in rules]):
        eventually(lambda: "Error fetching product reviews" in timed(mesh, {})[1], 10)
        seconds, text = timed(mesh, {})
        assert 0.9 < seconds < 2.5 and "Error fetching product reviews" in text


def test_a_copy_goes_to_the_next_version(probe, tutorial):
    def answered() -> int:
        """How many requests v2 has answered, this one included."""
        inside = ["exec", "deploy/recommendation-v2", "-c", "recommendation", "--", "curl", "-sS", "localhost:8080/"]
        return int(tutorial(*inside).out.rsplit(":", 1)[1])

    with applied(tutorial, TUTORIAL / "virtual-service-recommendation-mirror.yaml"):
        eventually(lambda: set(probe.ask(RECOMMENDATION, 10).named(VERSION)) == {"v1"}, 10)
        before = answered()
        answers = probe.ask(CHAIN, 25)
        assert answers.statuses == {200: 25} and answers.named(VERSION) == {"v1": 25}
        eventually(lambda: answered() - before >= 26, 5)


def test_a_version_for_one_browser(probe, tutorial):
    """The rule is two services behind the one that is asked."""
    safari = {"user-agent": "Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/17.0 Safari/605.1"}
    with applied(tutorial, TUTORIAL / "virtual-service-recommendation-safari.yaml"):
        eventually(lambda: set(probe.ask(CHAIN, 6, headers=safari).named(VERSION)) == {"v2"}, 10)
        assert probe.ask(CHAIN, 12, headers=safari).named(VERSION) == {"v2": 12}
        assert probe.ask(CHAIN, 12, headers={"user-agent": "Firefox/120"}).named(VERSION) == {"v1": 12}


def test_half_of_the_requests_fail(probe, tutorial):
    with applied(tutorial, TUTORIAL / "virtual-service-recommendation-abort.yaml"):
        eventually(lambda: probe.ask(RECOMMENDATION, 20).statuses[503], 10)
        answers = probe.ask(RECOMMENDATION, 150)
        assert shares.complaint(answers.statuses, {200: 50, 503: 50}) is None
        assert {one["text"] for one in answers if one["status"] == 503} == {"fault filter abort"}


def test_a_failing_version_is_seen_by_nobody(probe, tutorial):
    misbehave(tutorial, "v2")
    try:
        eventually(lambda: probe.ask(RECOMMENDATION, 20).statuses[503], 10)
        with applied(tutorial, TUTORIAL / "virtual-service-recommendation-retry.yaml"):
            eventually(lambda: probe.ask(RECOMMENDATION, 30).statuses == {200: 30}, 10)
            answers = probe.ask(RECOMMENDATION, 60)
            assert answers.statuses == {200: 60} and answers.named(VERSION) == {"v1": 60}
    finally:
        misbehave(tutorial, "v2", "behave")


def test_a_failing_version_is_left_alone(probe, tutorial):
    """Without retries the caller sees a few failures, until it is ejected."""
    misbehave(tutorial, "v2")
    try:
        with applied(tutorial, TUTORIAL / "destination-rule-recommendation-ejection.yaml"):
            eventually(lambda: probe.ask(RECOMMENDATION, 30).statuses == {200: 30}, 15)
            answers = probe.ask(RECOMMENDATION, 60)
            assert answers.statuses == {200: 60} and answers.named(VERSION) == {"v1": 60}
    finally:
        misbehave(tutorial, "v2", "behave")
        tutorial("apply", "-f", TUTORIAL / "destination-rule-recommendation.yaml")


def test_a_slow_version_is_cut_off(probe, tutorial):
    slow = echo("recommendation-slow", {"app": "recommendation", "version": "v3"}, tries="200@3000ms")
    tutorial.apply(*slow)
    try:
        tutorial("rollout", "status", "deployment/recommendation-slow", "--timeout=60s")
        with applied(tutorial, TUTORIAL / "virtual-service-recommendation-timeout.yaml"):
            eventually(lambda: probe.ask(RECOMMENDATION, 12, concurrent=4).statuses[504], 15)
            answers = probe.ask(RECOMMENDATION, 40, concurrent=8)
            assert set(answers.statuses) == {200, 504}
            late = [one for one in answers if one["status"] == 504]
            assert {one["text"] for one in late} == {"upstream request timeout"}
            assert all(0.9 < one["seconds"] < 2.5 for one in late)
    finally:
        tutorial("delete", "deployment/recommendation-slow", "configmap/recommendation-slow", "--wait=false")


def test_more_than_one_request_at_a_time_is_refused(probe, kubectl):
    url = "http://httpbin:8000/delay/0.5"
    with applied(kubectl, HTTPBIN / "destination-rule-circuit-breaker.yaml"):
        eventually(lambda: probe.ask(url, 6, concurrent=6).statuses[503], 10)
        answers = probe.ask(url, 12, concurrent=6)
        counts = answers.statuses
        assert set(counts) == {200, 503} and counts[503] >= 4, counts
        refused = [one for one in answers if one["status"] == 503]
        assert all(one["headers"].get("x-envoy-overloaded") == "true" for one in refused)
        assert all("reset reason: overflow" in one["text"] and one["seconds"] < 0.4 for one in refused)
        assert probe.ask("http://httpbin:8000/get", 5).statuses == {200: 5}


def test_pages_of_one_site_may_call(probe, kubectl):
    asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
    with applied(kubectl, HTTPBIN / "virtual-service-cors.yaml"):

        def preflight() -> dict:
            (answer,) = probe.ask("http://httpbin:8000/get", method="OPTIONS", headers=asked)
            return answer["headers"] if answer["status"] == 200 else {}

        headers = eventually(lambda: preflight().get("access-control-allow-origin") and preflight(), 10)
        wanted = {
            "access-control-allow-origin": "https://shop.example", "access-control-allow-methods": "GET",
            "access-control-allow-headers": "x-shop", "access-control-max-age": "86400",
        }  # fmt: skip
        assert {name: headers.get(name) for name in wanted} == wanted
        origins = Counter()
        for origin in ["https://shop.example", "https://other.example"]:
            (answer,) = probe.ask("http://httpbin:8000/get", headers={"origin": origin})
            origins[origin] = answer["headers"].get("access-control-allow-origin")
        assert origins == {"https://shop.example": "https://shop.example", "https://other.example": None}
