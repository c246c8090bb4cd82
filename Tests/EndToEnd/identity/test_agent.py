"""The proxy's agent against the control plane's authority, with either engine: first certificate, renewal, outage, roots."""
import json
import re
import time
import urllib.request

import pytest

from harness import certificates
from harness.cluster import eventually, stalled
from harness.http_client import request_bytes
from harness.identities import MeshAuthority, client_context
from harness.programs import Child, envoy_binary, free_port, program
from harness.sessions import ask
from harness.sidecar import ENGINES

IDENTITY = "spiffe://cluster.local/ns/shop/sa/cart"


class Agent:
    """A proxy outside of a pod, told everything by the environment."""

    def __init__(self, plane, folder, engine: str, role: str = "sidecar", prefix=(), **environment):
        self.plane, self.engine, self.port = plane, engine, free_port()
        self.roots, self.token = folder / "mounted-root.pem", folder / "token"
        self.roots.write_text(plane.root)
        self.new_token()
        metadata = {"NAME": "cart-1", "NAMESPACE": "shop", "SERVICE_ACCOUNT": "cart", "CLUSTER_ID": "Kubernetes"}
        self.child = Child(
            f"martlet-proxy --engine {engine}",
            [
                *prefix, program("martlet-proxy"), "run", "--engine", engine, "--envoy-path", envoy_binary(),
                "--discovery-address", f"127.0.0.1:{plane.control.secure_port}",
                "--node-id", f"{role}~10.0.0.1~cart-1.shop~shop.svc.cluster.local",
                "--metadata", json.dumps(metadata), "--admin-address", f"127.0.0.1:{self.port}",
                "--status-port", "0", "--stats-port", "0", "--concurrency", "1", "--termination-drain-duration", "0s",
            ],
            folder / f"{engine}.log",
            env={
                "MARTLET_DISCOVERY_TLS": "true", "JWT_PATH": str(self.token), "XDS_ROOT_CA": str(self.roots),
                "CA_ROOT_CA": str(self.roots), "TMPDIR": str(folder), **environment,
            },
        )  # fmt: skip

    def new_token(self, **claims):
        new = self.token.with_suffix(".new")
        new.write_text(self.plane.issuer.token("shop", "cart", **claims))
        new.replace(self.token)

    def get(self, path: str) -> tuple:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self) -> bool:
        return self.get("/ready")[0] == 200

    def certificate(self) -> dict:
        """What `/certs` says of the workload's; empty for none."""
        status, text = self.get("/certs")
        entries = json.loads(text)["certificates"] if status == 200 else []
        chains = [chain for entry in entries for chain in entry.get("cert_chain", [])]
        return next((one for one in chains if {"uri": IDENTITY} in one["subject_alt_names"]), {})

    def roots_held(self) -> int:
        """How many roots are in the bundle that the engine verifies peers by."""
        if self.engine == "envoy":
            # Of Envoy only contexts are shown; its own context verifies the control plane by the mounted roots.
            return 0
        entries = json.loads(self.get("/certs")[1])["certificates"]
        return sum(len(entry["ca_cert"]) for entry in entries)

    def log(self) -> str:
        return self.child.text(last=1 << 20)


@pytest.fixture
def agents(tmp_path):
    started = []

    def start(plane, engine: str, **more):
        started.append(Agent(plane, tmp_path, engine, **more))
        return started[-1]

    yield start
    for one in started:
        one.child.stop()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_proxy_gets_its_certificate_and_then_its_configuration(plane, agents, engine, tmp_path):
    agent = agents(plane, engine, OUTPUT_CERTS=str(tmp_path))
    agent.child.wait_until(agent.ready, 20, "readiness")
    assert agent.certificate()["subject_alt_names"] == [{"uri": IDENTITY}]
    # Keys are in no page and in no log, but in the file that was asked for.
    key = (tmp_path / "key.pem").read_text()
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    secret = "".join(key.split("\n")[1:-2])[:32]
    dump = agent.get("/config_dump")[1]
    assert "W3JlZGFjdGVkXQ==" in dump
    for text in [dump, agent.log(), agent.get("/certs")[1]]:
        assert secret not in text and "PRIVATE KEY" not in text
    chain = (tmp_path / "cert-chain.pem").read_text()
    assert certificates.names_of(chain) == [f"URI:{IDENTITY}"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_certificate_is_renewed_at_half_of_its_life_without_a_word_to_anybody(plane, agents, engine):
    agent = agents(plane, engine, SECRET_TTL="6s")
    agent.child.wait_until(agent.ready, 20, "readiness")
    serials = {agent.certificate()["serial_number"]}
    begin = time.monotonic()
    while len(serials) < 3:
        assert time.monotonic() - begin < 20, serials
        one = agent.certificate()
        if one:
            serials.add(one["serial_number"])
        assert agent.ready()
        time.sleep(0.1)
    assert time.monotonic() - begin > 4
    assert "expired" not in agent.log()


GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  servers:
  - {port: {number: %d, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE, credentialName: edge}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: shop}
spec: {hosts: ["*"], gateways: [edge], http: [{directResponse: {status: 204}}]}
"""


@pytest.mark.sec(23)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_gateways_secret_that_is_absent_garbage_and_late(fresh_plane, agents, engine, tmp_path):
    plane, port = fresh_plane.start(), free_port()
    plane.control.write("gateway.yaml", GATEWAY % port)
    agent = agents(plane, engine, role="router")
    eventually(agent.certificate)

    def asks():
        forms = (None, client_context(None, None))
        return [ask(tls, "127.0.0.1", port, None, request_bytes(host="edge"))[0] for tls in forms]

    def stay_shut(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert asks() == [None, None]
            time.sleep(0.05)

    def secret(chain, key):
        data = {"tls.crt": chain, "tls.key": key}
        metadata = {"name": "edge", "namespace": "shop"}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
        plane.control.write("secret.yaml", json.dumps(body))

    stay_shut(1)
    authority = MeshAuthority(tmp_path, "public")
    chain, key = ((authority.folder("edge.example") / name).read_text() for name in ("cert-chain.pem", "key.pem"))
    other = (authority.folder("other.example") / "key.pem").read_text()
    for garbage in (("words", key), (chain, "words"), (chain, other)):
        secret(*garbage)
        stay_shut(0.7)
    secret(chain, key)
    eventually(lambda: asks() == [None, 204])
    # What cannot be used takes nothing away.
    secret(chain, other)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        assert asks() == [None, 204]
    assert agent.child.alive()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_outage_is_survived_until_expiry_and_then_named(fresh_plane, agents, engine):
    plane = fresh_plane.start()
    agent = agents(plane, engine, SECRET_TTL="4s")
    agent.child.wait_until(agent.ready, 20, "readiness")
    port = plane.control.secure_port
    plane.control.kill()
    assert agent.certificate()
    words = rf"certificate of {IDENTITY} expired at \S+; the CA at 127.0.0.1:{port} is unreachable: unavailable"
    eventually(lambda: re.search(words, agent.log()))
    if engine == "swift":
        assert agent.certificate() == {}
        assert re.search(words, agent.get("/config_dump")[1])
    # What needs no certificate goes on, and the authority's return ends it.
    assert agent.ready()
    plane.control.start()
    waited = stalled()
    # Within five seconds (fault 12), by the clock of a machine with room.
    eventually(lambda: agent.log().count("certificate issued") >= 2 and agent.certificate(), 5 + stalled() - waited)


def renewals(agent, count: int, seconds: float = 20):
    """Waits until so many other certificates were seen."""
    serials = set()

    def seen():
        if one := agent.certificate():
            serials.add(one["serial_number"])
        return len(serials) > count

    eventually(seen, seconds)


def test_a_token_that_is_refused_gives_way_to_the_certificate_that_is_held(plane, agents):
    agent = agents(plane, "swift", SECRET_TTL="6s")
    agent.child.wait_until(agent.ready, 20, "readiness")
    agent.token.write_text("e30.e30.e30")
    renewals(agent, 2)
    assert "unauthenticated" in agent.log() and "expired at" not in agent.log()


def test_a_certificate_made_elsewhere_is_shown_instead_of_a_token(plane, agents, tmp_path):
    first = agents(plane, "swift", OUTPUT_CERTS=str(tmp_path))
    first.child.wait_until(first.ready, 20, "readiness")
    second = agents(plane, "swift", PROV_CERT=str(tmp_path), JWT_PATH="/nowhere/token")
    second.child.wait_until(second.ready, 20, "readiness")
    assert second.certificate()["serial_number"] != first.certificate()["serial_number"]


def test_without_a_certificate_the_proxy_is_not_ready_and_says_why(plane, agents):
    agent = agents(plane, "swift")
    agent.child.stop()
    agent.token.unlink()
    agent = agents(plane, "swift", JWT_PATH="/nowhere/token")
    eventually(lambda: "/nowhere/token cannot be read" in agent.get("/ready")[1])
    status, text = agent.get("/ready")
    assert status == 503 and IDENTITY in text


@pytest.mark.parametrize("engine", ENGINES)
def test_another_root_reaches_the_proxy_without_a_restart(fresh_plane, agents, engine, tmp_path):
    plane = fresh_plane.start()
    agent = agents(plane, engine, OUTPUT_CERTS=str(tmp_path))
    agent.child.wait_until(agent.ready, 20, "readiness")
    old, first = plane.root, agent.certificate()["serial_number"]
    (tmp_path / "made").mkdir()
    new, new_key = certificates.authority(tmp_path / "made", "new")

    def put(**texts):
        for name, text in texts.items():
            part = plane.authority / "part"
            part.write_text(text)
            part.replace(plane.authority / f"{name.replace('_', '-')}.pem")

    put(root_cert=old + new)
    if engine == "swift":
        eventually(lambda: agent.roots_held() == 2)
        assert agent.certificate()["serial_number"] == first
    put(ca_cert=new, ca_key=new_key)
    time.sleep(2)
    agent.roots.write_text(new + old)
    put(root_cert=new)
    # The certificate's own root leaves: another is fetched within seconds.
    eventually(lambda: agent.certificate().get("serial_number", first) != first, seconds=30)
    assert "renewed early" in agent.log()
    if engine == "swift":
        eventually(lambda: agent.roots_held() == 1)
    assert agent.child.alive() and agent.ready()
