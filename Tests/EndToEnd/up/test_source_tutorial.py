"""The rules of a tutorial about three services, unchanged: what each of them promises, seen by real requests."""
import re

import pytest

from harness.cluster import eventually
from harness import shares
from up.rules import Answers, Prober, applied, echo, split
from up.sources import folder, needs_sources
from up.test_http_rules import CHAIN, RECOMMENDATION, misbehave

pytestmark = [pytest.mark.needs_root, needs_sources]

FOLDER = folder("istio-tutorial")
VERSION = re.compile(r"recommendation (v\d) from")
POD = re.compile(r"from '([^']+)'")
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/17.0 Safari/605.1"
FIREFOX = "Mozilla/5.0 (X11; rv:120.0) Gecko/20100101 Firefox/120.0"
MOBILE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1 Mobile/15E148"


@pytest.fixture(scope="module")
def tutorial(mesh):
    return mesh.kubectl.within("tutorial")


@pytest.fixture
def two(tutorial):
    with applied(tutorial, FOLDER.file("destination-rule-recommendation-v1-v2")):
        yield


def recommendation(probe, **more):
    return lambda count: probe.ask(RECOMMENDATION, count, **more)


@pytest.fixture(scope="module")
def newest(tutorial):
    """A pod of the service whose version is whatever its label says at the time."""
    (template,) = tutorial("get", "deployment", "recommendation-v2", "-o", "json").json["spec"]["template"],
    pod = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "recommendation-v3-x", "labels": {"app": "recommendation", "version": "v3"}},
        "spec": {**template["spec"], "terminationGracePeriodSeconds": 1},
    }  # fmt: skip
    tutorial.apply(pod)
    tutorial("wait", "--for=condition=Ready", "pod/recommendation-v3-x", "--timeout=60s")
    yield lambda version: tutorial("label", "pod/recommendation-v3-x", f"version={version}", "--overwrite")
    tutorial("delete", "pod/recommendation-v3-x", "--now", "--wait=false")


class Misbehaving:
    """A further pod of the service, with an answer of its own."""

    def __init__(self, kubectl, tries: str, version: str = "odd"):
        self.kubectl, self.tries = kubectl, tries
        self.labels = {"app": "recommendation", "version": version, "odd": "yes"}

    def __enter__(self):
        self.kubectl.apply(*echo("odd", self.labels, tries=self.tries))
        self.kubectl("rollout", "status", "deployment/odd", "--timeout=60s")

    def __exit__(self, *_):
        self.kubectl("delete", "deployment/odd", "configmap/odd", "--wait=false")
        self.kubectl("wait", "--for=delete", "pod", "-l", "odd=yes", "--timeout=60s")


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("virtual-service-recommendation-v1", {"v1": 1}),
        ("virtual-service-recommendation-v2", {"v2": 1}),
        ("virtual-service-recommendation-v1_and_v2", {"v1": 90, "v2": 10}),
        ("virtual-service-recommendation-v1_and_v2_50_50", {"v1": 50, "v2": 50}),
        ("virtual-service-recommendation-v1_and_v2_75_25", {"v1": 75, "v2": 25}),
    ],
)
def test_split(probe, tutorial, two, name, weights):
    with applied(tutorial, FOLDER.file(name)):
        split(recommendation(probe), VERSION, weights)


@pytest.mark.parametrize(("browser", "agent"), [("safari", SAFARI), ("firefox", FIREFOX), ("mobile", MOBILE)])
def test_a_version_for_a_browser(probe, tutorial, two, browser, agent):
    """Asked two services before the rule."""
    with applied(tutorial, FOLDER.file(f"virtual-service-{browser}-recommendation-v2")):
        split(lambda count: probe.ask(CHAIN, count, headers={"user-agent": agent}), VERSION, {"v2": 1}, 10)
        split(lambda count: probe.ask(CHAIN, count, headers={"user-agent": "curl/8"}), VERSION, {"v1": 1}, 10)


def test_a_copy_for_the_next_version(probe, tutorial, two):
    def answered() -> int:
        inside = ["exec", "deploy/recommendation-v2", "-c", "recommendation", "--", "curl", "-sS", "localhost:8080/"]
        return int(tutorial(*inside).out.rsplit(":", 1)[1])

    with applied(tutorial, FOLDER.file("virtual-service-recommendation-v1-mirror-v2")):
        split(recommendation(probe), VERSION, {"v1": 1}, 10)
        before = answered()
        assert probe.ask(RECOMMENDATION, 20).named(VERSION) == {"v1": 20}
        eventually(lambda: answered() - before >= 21, 5)


def test_all_requests_fail(probe, tutorial, two):
    with applied(tutorial, FOLDER.file("virtual-service-recommendation-503")):
        eventually(lambda: probe.ask(RECOMMENDATION, 5).statuses == {503: 5}, 10)
        assert set(probe.ask(RECOMMENDATION, 5).texts) == {"fault filter abort"}
        assert "503" in probe.ask(CHAIN)[0]["text"]


def test_three_versions(probe, tutorial, newest):
    newest("v3")
    with applied(tutorial, FOLDER.file("destination-rule-recommendation-v1-v2-v3")):
        with applied(tutorial, FOLDER.file("virtual-service-recommendation-v3")):
            split(recommendation(probe), POD, {"recommendation-v3-x": 1}, 10)
        with applied(tutorial, FOLDER.file("virtual-service-promotion-v1-v2-v3")):
            for preference, version in [("123", "v3"), ("12x", "v2"), ("1", "v1")]:
                split(recommendation(probe, headers={"user-preference": preference}), VERSION, {version: 1}, 10)
            split(recommendation(probe), VERSION, {"v1": 1}, 10)
        with applied(tutorial, FOLDER.file("virtual-service-promoted-v3")):
            split(lambda count: probe.ask(CHAIN, count, headers={"user-preference": "123"}), VERSION, {"v3": 1}, 10)
            split(lambda count: probe.ask(CHAIN, count), VERSION, {"v2": 1}, 10)


@pytest.mark.parametrize("version", ["v4", "v5", "v6", "v7"])
def test_versions_to_come(probe, tutorial, newest, version):
    """No pod has such a label, until one has."""
    rules = FOLDER.files("destination-rule-recommendation-v4-v5-v6-v7", f"virtual-service-recommendation-{version}")
    with applied(tutorial, *rules):
        eventually(lambda: probe.ask(RECOMMENDATION, 3).statuses == {503: 3}, 10)
        assert probe.ask(RECOMMENDATION)[0]["text"] == "no healthy upstream"
        newest(version)
        split(recommendation(probe), POD, {"recommendation-v3-x": 1}, 10)


def test_a_version_for_one_caller(probe, tutorial, newest, mesh):
    newest("virtualized")
    callers = mesh.kubectl.within("callers")
    mesh.kubectl.apply({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "callers", "labels": {"istio-injection": "enabled"}},
    })  # fmt: skip
    caller = Prober(callers, "preference-v2").create({"app": "preference", "version": "v2"})
    rules = FOLDER.files("destination-rule-recommendation-v1", "virtual-service-recommendation-virtualized")
    try:
        with applied(tutorial, *rules):
            split(lambda count: caller.ask(RECOMMENDATION, count), POD, {"recommendation-v3-x": 1}, 10)
            split(recommendation(probe), VERSION, {"v1": 1}, 10)
    finally:
        mesh.kubectl("delete", "namespace", "callers", "--wait=false")


def test_half_of_the_requests_are_late(probe, tutorial):
    names = ["destination-rule-recommendation", "virtual-service-recommendation-delay"]
    with applied(tutorial, *FOLDER.files(*names)):
        eventually(lambda: max(one["seconds"] for one in probe.ask(RECOMMENDATION, 6, concurrent=6)) > 6.9, 30)
        answers = probe.ask(RECOMMENDATION, 60, concurrent=60)
        assert answers.statuses == {200: 60}
        late = sum(one["seconds"] > 6.9 for one in answers)
        assert shares.complaint({"late": late, "at once": 60 - late}, {"late": 50, "at once": 50}) is None


def test_one_second(probe, tutorial):
    with Misbehaving(tutorial, "200@3000ms"), applied(tutorial, FOLDER.file("virtual-service-recommendation-timeout")):
        eventually(lambda: probe.ask(RECOMMENDATION, 12, concurrent=4).statuses[504], 15)
        answers = probe.ask(RECOMMENDATION, 24, concurrent=6)
        assert set(answers.statuses) == {200, 504}
        late = [one for one in answers if one["status"] == 504]
        assert all(0.9 < one["seconds"] < 2.5 and one["text"] == "upstream request timeout" for one in late)


def test_two_seconds_for_each_try(probe, tutorial):
    with Misbehaving(tutorial, "hang"), applied(tutorial, FOLDER.file("virtual-service-recommendation-v2_retry")):
        # A call that comes before the rule waits for ever: the probe gives it up after 20 s.
        eventually(lambda: probe.ask(RECOMMENDATION, 12, concurrent=6).statuses[504], 60)
        late = [one for one in probe.ask(RECOMMENDATION, 18, concurrent=6) if one["status"] != 200]
        assert late and all(1.9 < one["seconds"] < 3.5 and one["status"] == 504 for one in late)


def test_no_retries(probe, tutorial):
    """What Istio would try again by itself comes through; so do the calls of all three services."""
    with Misbehaving(tutorial, "200+grpc-status=14"):

        def refused() -> int:
            return sum(one["headers"].get("grpc-status") == "14" for one in probe.ask(RECOMMENDATION, 40))

        assert refused() <= 2
        with applied(tutorial, FOLDER.file("virtual-service-no-retries")):
            eventually(lambda: refused() >= 5, 10)
            assert probe.ask(CHAIN, 10).statuses == {200: 10}


def test_a_failing_pod_is_left_alone(probe, tutorial):
    """One of two pods of v2 fails once, and for 15 seconds nobody asks it."""
    names = ["destination-rule-recommendation_cb_policy_pool_ejection", "virtual-service-recommendation-v1_and_v2_50_50"]
    with Misbehaving(tutorial, "503", "v2"), applied(tutorial, *FOLDER.files(*names)):
        eventually(lambda: probe.ask(RECOMMENDATION, 30).statuses == {200: 30}, 15)
        answers = probe.ask(RECOMMENDATION, 80)
        # It may come back meanwhile, and fails once more before it is left alone again.
        assert answers.statuses[200] >= 79 and set(answers.statuses) <= {200, 503}, answers.statuses
        right = Answers(one for one in answers if one["status"] == 200)
        assert shares.complaint(right.named(VERSION), {"v1": 50, "v2": 50}) is None


def test_one_connection_and_one_that_waits(probe, tutorial):
    """Some are served and some refused at once, with either engine, until the rule's other half ends it: the limits hold
    at the receiving sidecar too, and one 503 from there ejects its pod for three minutes, at last every pod."""

    def some_of_each() -> bool:
        answers = probe.ask(RECOMMENDATION, 20, concurrent=10)
        kinds = {(one["status"], one["headers"].get("x-envoy-overloaded")) for one in answers}
        return {(200, None), (503, "true")} <= kinds

    with Misbehaving(tutorial, "200@300ms"):
        with applied(tutorial, FOLDER.file("destination-rule-recommendation_cb_policy_version_v2")):
            eventually(some_of_each, 10)


def test_at_random(probe, tutorial, newest):
    with applied(tutorial, FOLDER.file("destination-rule-recommendation_lb_policy_app")):
        split(recommendation(probe), VERSION, {"v1": 1, "v2": 1, "v3": 1})


def test_a_host_outside(mesh, probe, tutorial):
    """By its name it would have to be resolved; by the address that was called it goes there."""
    with Misbehaving(tutorial, "200"):
        address = tutorial("get", "pod", "-l", "odd=yes", "-o", "jsonpath={.items[0].status.podIP}").out
        with applied(tutorial, FOLDER.file("service-entry-egress-worldclockapi")):
            names = probe.ask(f"http://{address}:8080/", headers={"Host": "worldtimeapi.org"})
            assert names.statuses == {200: 1}


def test_misbehaving_and_behaving(probe, tutorial, two):
    misbehave(tutorial, "v2")
    try:
        with applied(tutorial, FOLDER.file("virtual-service-recommendation-v2")):
            eventually(lambda: probe.ask(RECOMMENDATION, 5).statuses == {503: 5}, 10)
    finally:
        misbehave(tutorial, "v2", "behave")
