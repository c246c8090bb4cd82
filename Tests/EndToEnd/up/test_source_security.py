"""Who may call whom, and by which TLS, as the articles' and Bookinfo's YAML has it: unchanged, asked by real requests."""
import json

import pytest

from harness.tokens import claims, jwks, signed
from up.outside import API, GOOGLE, ISSUER, trusting
from up.rules import Prober, applied, echo, eventually, sees, sees_with, service
from up.sources import folder, needs_sources
from up.workloads import namespace

pytestmark = [pytest.mark.needs_root, needs_sources]

FOLDER, BOOKINFO = folder("source-yaml"), folder("bookinfo")
REVIEWS = "http://reviews.default.svc.cluster.local:9080"
KEYS = f"https://{ISSUER}/.well-known/jwks.json"
APPS = ["backend", "httpbin", "api-gateway", "legacy-service"]


def placed(space: str, *objects: dict) -> list:
    """The objects, in a namespace; its Deployments are waited for together."""
    for one in objects:
        one["metadata"] |= {"namespace": space, "labels": {"part-of": "security"}}
    return list(objects)


@pytest.fixture(scope="module")
def spaces(mesh):
    """The namespaces of the articles with their servers, and callers that have an account of their own."""
    nowhere = mesh.kubectl.within("")
    names = ["payments", "frontend", "monitoring", "production"]
    # Another module may have had them, too.
    nowhere("wait", "--for=delete", *[f"namespace/{name}" for name in names], "--timeout=60s", seconds=70)
    objects = [namespace(name) for name in names]
    for name, apps in {"payments": ["payments-api"], "production": APPS}.items():
        for app in apps:
            objects += placed(name, *echo(app, {"app": app}), service(app, {"app": app}))
    callers = {}
    for name, account in {"frontend": "frontend-sa", "monitoring": "prometheus", "production": "frontend"}.items():
        callers[name] = Prober(mesh.kubectl.within(name), "caller")
        identity = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
        objects += placed(name, identity, *callers[name].objects(serviceAccountName=account))
    nowhere.apply(*objects)
    ready = ["wait", "--for=condition=Available", "deployment", "-A", "-l", "part-of=security", "--timeout=90s"]
    nowhere(*ready, seconds=100)
    yield {name: mesh.kubectl.within(name) for name in names}, callers
    nowhere("delete", "namespace", *names, "--wait=false")


@pytest.fixture(scope="module")
def payments(spaces):
    return spaces[0]["payments"]


@pytest.fixture(scope="module")
def production(spaces):
    return spaces[0]["production"]


@pytest.fixture(scope="module")
def callers(spaces):
    return spaces[1]


@pytest.fixture(scope="module")
def abroad(mesh, outside):
    """Pods that find the hosts outside; the sidecar of the first trusts their certificate."""
    files = {"ca-certificates.crt": outside.roots}
    trusts, doubts = Prober(mesh.kubectl, "trusts"), Prober(mesh.kubectl, "doubts")
    mesh.kubectl.apply(
        *trusts.objects(annotations=trusting("trusts"), files=files, hostAliases=outside.aliases),
        *doubts.objects(hostAliases=outside.aliases),
    )
    names = ["deployment/trusts", "deployment/doubts"]
    mesh.kubectl("wait", "--for=condition=Available", *names, "--timeout=90s", seconds=100)
    yield trusts, doubts
    mesh.kubectl("delete", *names, "configmap/trusts", "configmap/doubts", "--wait=false")


def at(app: str, space: str = "production") -> str:
    return f"http://{app}.{space}.svc.cluster.local"


def bearer(token: str) -> dict:
    return {"authorization": f"Bearer {token}"}


def token(**changed) -> dict:
    return bearer(signed(claims(**changed)))


def headers_of(answer: dict) -> dict:
    """What an echo server got."""
    return dict(json.loads(answer["text"])["headers"])


def test_payments_are_for_two_accounts(probe, payments, callers, outside):
    url = at("payments-api", "payments")
    sees(probe, url, {"DELETE /anything": 200})
    with applied(payments, FOLDER.file("s0-payments-authz")):
        sees(callers["frontend"], url, {
            "GET /api/payments/1": 200, "POST /api/payments/": 200, "DELETE /api/payments/1": 403, "GET /api/payments": 403,
            "GET /metrics": 403,
        })  # fmt: skip
        sees(callers["monitoring"], url, {"GET /metrics": 200, "POST /metrics": 403, "GET /api/payments/1": 403})
        # A principal is what a certificate says: without one nobody is anybody.
        for other in (probe, outside):
            (answer, _) = sees(other, url, {"GET /api/payments/1": 403, "GET /metrics": 403})
            assert answer["text"] == "RBAC: access denied"
    sees(probe, url, {"DELETE /anything": 200})


def test_payments_by_mutual_tls_alone(probe, payments, callers, outside):
    url = at("payments-api", "payments")
    sees(outside, url, {"GET /": 200})
    with applied(payments, FOLDER.file("s0-payments-mtls-strict")):
        sees(outside, url, {"GET /": None})
        (answer,) = sees(callers["frontend"], url, {"GET /": 200})
        assert "spiffe://cluster.local/ns/frontend/sa/frontend-sa" in headers_of(answer)["x-forwarded-client-cert"]
        sees(outside, REVIEWS, {"GET /reviews/0": 200})
    sees(outside, url, {"GET /": 200})


def test_one_namespace_by_mutual_tls_alone(probe, kubectl, outside, production):
    with applied(kubectl, FOLDER.file("s1-mtls-default")):
        sees(outside, REVIEWS, {"GET /reviews/0": None})
        sees(probe, REVIEWS, {"GET /reviews/0": 200})
        sees(outside, at("backend"), {"GET /": 200})
    sees(outside, REVIEWS, {"GET /reviews/0": 200})


def test_the_mesh_by_mutual_tls_alone_and_one_workload_by_both(mesh, probe, production, outside):
    with applied(mesh.kubectl.within(""), FOLDER.file("s2-mtls")):
        others = {
            f"GET {url}": 200
            for url in (f"{REVIEWS}/reviews/0", at("backend"), at("httpbin"), "http://customer.tutorial.svc.cluster.local:8080")
        }
        (answer, *_) = sees(outside, "", {f"GET {at('legacy-service')}": 200, **dict.fromkeys(others)})
        assert "x-forwarded-client-cert" not in headers_of(answer)
        (answer, *_) = sees(probe, "", {f"GET {at('legacy-service')}": 200, **others})
        assert "By=spiffe://cluster.local/ns/production/sa/default" in headers_of(answer)["x-forwarded-client-cert"]
    sees(outside, "", others)


def test_nobody_but_who_is_named(probe, production, callers):
    with applied(production, FOLDER.file("s2-authz")):
        frontend = callers["production"]
        sees(frontend, at("legacy-service"), {"GET /api/1": 403})
        sees(frontend, at("backend"), {
            "GET /api/1": 200, "POST /api/1": 200, "PUT /api/1": 403, "GET /": 403, "GET /apis": 403,
        })  # fmt: skip
        sees(probe, at("backend"), {"GET /api/1": 403})
        # Whose tokens count the article leaves to its readers: without a RequestAuthentication none does.
        admin = token(group="admin")
        sees(probe, at("httpbin"), {"GET /": 403}, headers=admin)
        production.apply({
            "apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication", "metadata": {"name": "httpbin"},
            "spec": {
                "selector": {"matchLabels": {"app": "httpbin"}},
                "jwtRules": [{"issuer": claims()["iss"], "jwks": json.dumps(jwks("rsa"))}],
            },
        })  # fmt: skip
        try:
            sees(probe, at("httpbin"), {"GET /": 200, "DELETE /x": 200}, headers=admin)
            sees_with(probe, at("httpbin"), [
                ({}, 403), (token(group="dev"), 200), (token(group=["qa", "dev"]), 200), (token(group="qa"), 403),
                (token(), 403), (token(group="admin", exp=1), 401),
                (bearer(signed(claims(group="dev"), by="stranger")), 401),
            ])  # fmt: skip
        finally:
            production("delete", "requestauthentication", "httpbin")


def test_tokens_of_an_issuer_whose_keys_come_late(probe, production, outside):
    """As long as there are no keys no token is good; who has none meets the policy, which asks for one."""
    company = {"iss": f"https://{ISSUER}", "aud": "api.company.com"}
    good, url = signed(claims(**company)), at("api-gateway")
    outside.publish(KEYS, {})
    with applied(production, FOLDER.file("s2-jwt")):
        sees(probe, url, {"GET /": 403, "POST /any/where": 403})
        sees(probe, url, {"GET /": 401}, headers=bearer(good))
        outside.publish(KEYS, jwks("rsa"))
        (answer,) = sees(probe, url, {"GET /": 200}, headers=bearer(good), seconds=20)
        # `forwardOriginalToken` leaves it to the service.
        assert headers_of(answer)["authorization"] == f"Bearer {good}"
        stranger = signed(claims(**company), by="stranger", header={"kid": "rsa"})
        sees_with(probe, url, [
            ({}, 403), (bearer(stranger), 401), (token(**{**company, "aud": ["others", "api.company.com"]}), 200),
            (token(**{**company, "aud": "shop"}), 403), (token(**{**company, "aud": None}), 403),
            (token(**company, exp=1), 401), (token(**{**company, "iss": "https://auth.other.com"}), 401),
        ])  # fmt: skip
        # What the policies do not select is as it was.
        sees(probe, at("backend"), {"GET /": 200})
        outside.publish(KEYS, jwks("p256"))
        sees_with(probe, url, [(bearer(good), 401), (bearer(signed(claims(**company), by="p256")), 200)], 20)
    outside.publish(KEYS, None)


def test_tls_by_its_name_through_the_egress_gateway(mesh, abroad, outside, kubectl):
    gateway = mesh.kubectl.within("istio-system").value("pod", "-l=istio=egressgateway", ".items[0].status.podIP")
    trusts, _ = abroad

    def peer(name: str) -> str:
        """From where the host is called; the application's own TLS reaches it whole."""
        (answer,) = trusts.ask(f"https://{name}/v1", roots="/scripts/ca-certificates.crt", patience=5)
        assert answer["status"] == 200, answer
        seen = json.loads(answer["text"])
        assert (seen["tls"], seen["path"]) == (name, "/v1")
        return seen["peer"]

    own = peer(API)
    assert own != gateway
    with applied(kubectl, FOLDER.file("s2-egress-gateway")):
        eventually(lambda: peer(API) == gateway, 20)
        # Of another name the gateway knows nothing.
        assert {peer(API) for _ in range(3)} == {gateway} and peer(GOOGLE) == own
    eventually(lambda: peer(API) == own, 20)


def test_tls_that_the_sidecar_begins(abroad, outside, kubectl):
    trusts, doubts = abroad
    with applied(kubectl, BOOKINFO.file("egress-rule-google-apis")):

        def began() -> dict:
            (answer,) = trusts.ask(f"http://{GOOGLE}/discovery/v1", patience=5)
            assert answer["status"] == 200, answer
            return json.loads(answer["text"])

        eventually(lambda: began()["tls"] == GOOGLE, 20)
        seen = began()
        assert (seen["host"], seen["path"]) == (GOOGLE, "/discovery/v1")
        # For whom the certificate is not one of a known authority, it is no answer of that host.
        (answer,) = sees(doubts, f"http://{GOOGLE}", {"GET /": 503})
        assert "remote connection failure" in answer["text"], answer


def test_bookinfo_by_mutual_tls(probe, kubectl, outside):
    """Because the rule says so, whatever the servers do: one that speaks none is not reached any longer."""
    name = "destination-rule-all-mtls"
    refusal = {
        "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": {"name": "default"},
        "spec": {"mtls": {"mode": "DISABLE"}},
    }  # fmt: skip
    services = {"reviews": "/reviews/0", "ratings": "/ratings/0", "details": "/details/0", "productpage": "/productpage"}

    def all_see(status: int):
        sees(probe, "", {f"GET http://{host}:9080{path}": status for host, path in services.items()})

    with applied(kubectl, BOOKINFO.file(name)):
        with applied(kubectl, FOLDER.file("s1-mtls-default")):
            sees(outside, REVIEWS, {"GET /reviews/0": None})
            all_see(200)
        kubectl.apply(refusal)
        try:
            all_see(503)
        finally:
            kubectl("delete", "peerauthentication", "default")
    all_see(200)
