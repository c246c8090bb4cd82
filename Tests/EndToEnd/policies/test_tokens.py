"""Hostile tokens get the same verdict of both engines, and none of them gets in."""
import warnings

import pytest

from conformance.table import FIXTURES
from harness.http_client import BrokenResponse, Client
from harness.sidecar import ENGINES
from harness.tokens import ISSUER, jwks_text
from harness.world import World

from .hostile_tokens import everything

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(26)]

POLICIES = f"""
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {{name: jwt, namespace: default}}
spec:
  jwtRules:
  - {{issuer: "{ISSUER}", audiences: [shop], jwks: '{jwks_text()}'}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: alice, namespace: default}}
spec:
  rules:
  - from: [{{source: {{requestPrincipals: ["{ISSUER}/alice"]}}}}]
"""

#: What our engine refuses and Envoy takes, and why.
STRICTER = {
    **{
        f"broken_signatures: {name}: one byte more": "a signature has exactly the length of its curve (RFC 7518 3.4)"
        for name in ("p256", "p384", "p521")
    },
    **{
        name: "Envoy reads more than JSON (RFC 8259)"
        for name in (
            "headers: header \"{'alg':'RS256'}\"", "headers: header '{\"alg\":\"RS256\",}'",
            "headers: header '{alg:\"RS256\"}'", "payloads: payload with a comma too many",
            "payloads: payload with single quotes",
        )
    },
    "payloads: exp 0": "for Envoy 0 is no time at all; RFC 7519 4.1.4 knows no such exception",
    "shapes: a dot before": "Envoy leaves out empty sections; RFC 7515 7.1 has exactly three",
    "shapes: a dot after": "Envoy leaves out empty sections; RFC 7515 7.1 has exactly three",
    **{
        f"disputed: {name}": "what must be understood and is not makes a token invalid (RFC 7515 4.1.11)"
        for name in ("crit", "crit of b64", "crit that is empty")
    },
    **{
        f"disputed: {name}": "base64url is without padding (RFC 7515 2), and one text means one token"
        for name in ("padding in each section", "padding of the signature", "bits after the last letter")
    },
}  # fmt: skip


def _tokens() -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc's, about the old name of EdDSA
        return everything()


TOKENS = _tokens()


def _ask(address: str, sent) -> int:
    client = Client(address, 8080, "10.10.99.1")
    try:
        lines = [f"GET {sent.path} HTTP/1.1", "host: web", *(f"{name}: {value}" for name, value in sent.headers)]
        return client.request(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")).status
    except BrokenResponse as broken:
        return f"broken: {broken}"
    finally:
        client.close()


@pytest.fixture(scope="module")
def verdicts():
    """NAME -> {engine: status}: every token through each engine, one engine after the other."""
    text = (FIXTURES / "mesh" / "secure.yaml").read_text() + "\n---\n" + POLICIES
    world = World("tokens", text, identities=True)
    try:
        found = {name: {} for name in TOKENS}
        for engine in ENGINES:
            sidecar = world.enter(engine, "web.default")
            # Made now: some are good for a minute.
            for name, (sent, _) in _tokens().items():
                found[name][engine] = world.namespace.inside(_ask, sidecar.address, sent)
            assert sidecar.child.alive(), sidecar.child.text()
        yield found
    finally:
        world.close()


def test_there_are_enough_of_them():
    assert sum(1 for _, good in TOKENS.values() if not good) >= 120


@pytest.mark.parametrize("name", TOKENS)
def test_verdict(name, verdicts):
    good, (ours, envoys) = TOKENS[name][1], (verdicts[name][engine] for engine in ENGINES)
    if good:
        assert (ours, envoys) == (200, 200)
    elif name in STRICTER:
        assert ours in (400, 401, 403) and envoys == 200, f"{ours}, Envoy {envoys}: {STRICTER[name]}"
    else:
        assert ours == envoys
    if good is False:
        assert ours in (400, 401, 403, 431), "a hostile token got in"
