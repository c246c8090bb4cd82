"""The tutorial's chapters about mutual TLS, access control and tokens, unchanged: what they promise, asked by real requests."""
import pytest

from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from harness.tokens import claims, jwks, signed
from up.outside import GIST
from up.rules import applied, echo, sees, sees_with, service
from up.sources import folder, needs_sources
from up.test_source_security import bearer, headers_of

pytestmark = [pytest.mark.needs_root, needs_sources]

FOLDER = folder("istio-tutorial")
CUSTOMER, PREFERENCE, RECOMMENDATION, HEADERS = [
    f"http://{name}.tutorial.svc.cluster.local:8080" for name in ("customer", "preference", "recommendation", "headers")
]
KEYS = f"https://{GIST}/lordofthejars/7dad589384612d7a6e18398ac0f10065/raw/ea0f8e7b729fb1df25d4dc60bf17dee409aad204/jwks.json"
TESTER = "testing@secure.istio.io"
DENIED = "RBAC: access denied"
#: Whom `probe` calls as.
OURSELVES = "URI=spiffe://cluster.local/ns/default/sa/default"


@pytest.fixture(scope="module")
def tutorial(mesh):
    """With a fourth service, which shows what comes to it."""
    kubectl = mesh.kubectl.within("tutorial")
    kubectl.apply(*echo("headers", {"app": "headers"}), service("headers", {"app": "headers"}, 8080))
    kubectl("rollout", "status", "deployment/headers", "--timeout=90s", seconds=100)
    yield kubectl
    kubectl("delete", "deployment/headers", "service/headers", "configmap/headers", "--wait=false")


@pytest.fixture
def tokens(tutorial, outside):
    """The tutorial's issuer, whose keys are out."""
    outside.publish(KEYS, jwks("rsa"))
    with applied(tutorial, FOLDER.file("enduser-authentication-jwt")):
        yield
    outside.publish(KEYS, None)


def token(**changed) -> dict:
    return bearer(signed(claims(**{"iss": TESTER, "sub": TESTER, "aud": None, "role": "customer", **changed})))


def through_the_gateway(mesh) -> int:
    client = Client("127.0.0.1", mesh.gateway_port)
    try:
        return client.request(request_bytes(path="/customer", host="localhost")).status
    finally:
        client.close()


def from_customer(tutorial, url: str) -> str:
    inside = ["exec", "deploy/customer-v1", "-c", "customer", "--", "curl", "-sS", "-m", "5"]
    return tutorial(*inside, url).out


def test_nobody_then_one_service_after_the_other(mesh, probe, tutorial):
    deny, customer, preference, recommendation = FOLDER.files(
        "authorization-policy-deny-all", "authorization-policy-allow-customer", "authorization-policy-allow-preference",
        "authorization-policy-allow-recommendation",
    )  # fmt: skip
    with applied(tutorial, deny):
        everything = {f"GET {url}": 403 for url in (PREFERENCE, RECOMMENDATION, HEADERS, CUSTOMER)}
        assert {one["text"] for one in sees(probe, "", everything)} == {DENIED}
        # A connection that was there before ends with its next answer, which Envoy gives by the rules of before.
        eventually(lambda: through_the_gateway(mesh) == 403, 15)
        with applied(tutorial, customer):
            sees(probe, CUSTOMER, {"GET /": 503, "POST /": 403})
            eventually(lambda: probe.ask(CUSTOMER)[0]["text"] == f"customer => Error: 403 - {DENIED}\n", 15)
            with applied(tutorial, preference):
                eventually(lambda: f"preference => Error: 403 - {DENIED}" in probe.ask(CUSTOMER)[0]["text"], 15)
                with applied(tutorial, recommendation):
                    # Each is for the one before it alone.
                    (*_, answer) = sees(probe, "", {f"DELETE {CUSTOMER}": 403, **everything, f"GET {CUSTOMER}": 200})
                    assert answer["text"].startswith("customer => preference => recommendation v")
                    eventually(lambda: through_the_gateway(mesh) == 200, 15)
                    assert from_customer(tutorial, RECOMMENDATION) == DENIED
                    # It has two pods, and both know the rule soon.
                    eventually(lambda: from_customer(tutorial, PREFERENCE).startswith("preference => recommendation v"), 15)
    sees(probe, "", dict.fromkeys(everything, 200))


def test_a_token_is_good_once_the_keys_are_there(probe, tutorial, outside):
    outside.publish(KEYS, {})
    with applied(tutorial, FOLDER.file("enduser-authentication-jwt")):
        sees_with(probe, CUSTOMER, [(token(), 401), ({}, 200)])
        outside.publish(KEYS, jwks("rsa"))
        sees(probe, CUSTOMER, {"GET /": 200}, headers=token(), seconds=20)
        wrong = [token(iss="others@secure.istio.io"), token(exp=1), bearer("some.invalid.token")]
        sees_with(probe, CUSTOMER, [(one, 401) for one in wrong])
        # It is for the whole namespace, and no service sees the token.
        eventually(lambda: "authorization" not in headers_of(sees(probe, HEADERS, {"GET /": 200}, headers=token())[0]))
    outside.publish(KEYS, None)


def test_customers_alone(probe, tutorial, tokens):
    with applied(tutorial, FOLDER.file("authorization-policy-jwt")):
        sees_with(probe, CUSTOMER, [
            ({}, 403), (token(), 200), (token(role="partner"), 403), (token(role=None), 403),
            (token(sub="others@secure.istio.io"), 403), (bearer(signed(claims(iss=TESTER), by="stranger")), 401),
        ], 20)  # fmt: skip
        # It is about customer; the others ask for nothing.
        sees(probe, PREFERENCE, {"GET /": 200})


def test_customers_alone_in_the_whole_namespace(probe, tutorial, tokens):
    """A token ends at the first proxy that verifies it: customer has none to show to preference."""
    with applied(tutorial, FOLDER.file("namespace-rbac-policy-jwt")):
        sees_with(probe, RECOMMENDATION, [({}, 403), (token(), 200), (token(role="partner"), 403)], 20)
        sees(probe, RECOMMENDATION, {"POST /": 403}, headers=token())
        said = f"customer => Error: 403 - {DENIED}\n"
        eventually(lambda: probe.ask(CUSTOMER, headers=token())[0]["text"] == said, 15)


def caller_shown(probe) -> str | None:
    """Of whom the service was told that it called by mutual TLS."""
    (answer,) = sees(probe, HEADERS, {"GET /": 200})
    return headers_of(answer).get("x-forwarded-client-cert")


def test_both_are_served_where_the_mesh_is_strict(mesh, probe, tutorial, outside):
    strict = {
        "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": {"name": "default"},
        "spec": {"mtls": {"mode": "STRICT"}},
    }  # fmt: skip
    system = mesh.kubectl.within("istio-system")
    system.apply(strict)
    try:
        sees(outside, HEADERS, {"GET /": None})
        with applied(tutorial, FOLDER.file("enable-mtls")):
            sees(outside, HEADERS, {"GET /": 200})
            assert OURSELVES in caller_shown(probe)
    finally:
        system("delete", "peerauthentication", "default")


def test_mutual_tls_because_the_caller_has_to(probe, tutorial, outside):
    """Where the servers speak none, sidecars follow; a rule that insists on it must lead to nobody."""
    rule = FOLDER.file("destination-rule-tls")
    with applied(tutorial, FOLDER.file("disable-mtls")):
        eventually(lambda: caller_shown(probe) is None, 15)
        sees(outside, HEADERS, {"GET /": 200})
        with applied(tutorial, rule):
            sees(probe, HEADERS, {"GET /": 503})
            eventually(lambda: probe.ask(CUSTOMER).statuses[503], 15)
    with applied(tutorial, rule, FOLDER.file("enable-mtls")):
        eventually(lambda: OURSELVES in str(caller_shown(probe)), 15)
        eventually(lambda: probe.ask(CUSTOMER, 3).statuses == {200: 3}, 15)
