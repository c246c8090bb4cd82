"""No message ends the control plane or fills its memory: discovery, the authority, webhooks, and the API of `up`."""
import base64
import json
import random
import socket
import ssl
import tempfile
import threading
import time
from pathlib import Path

import grpc
import pytest
import yaml
from envoy.service.discovery.v3 import discovery_pb2
from harness import certificates, http2_bytes as h2
from harness.certificates import CertificateRequest, create_certificate
from harness.cluster import Cluster
from harness.http_client import BrokenResponse, Client, request_bytes
from harness.mutations import mutated, nested
from harness.programs import Scratch
from identity.test_cluster import forwarded
from identity.test_rotation import SDS, stream, who
from xds_client import ads

pytestmark = pytest.mark.sec(30)

_ADS = "/envoy.service.discovery.v3.AggregatedDiscoveryService/"
_SIGN = "/istio.v1.auth.IstioCertificateService/CreateCertificate"
#: What a control plane may grow by while it is tormented, in MiB. One message may have 16.
_GROWTH = 160


def _discovery_samples() -> list:
    node = who("shop", "cart")
    full = ads.node("cart-1", "shop")
    for number in range(20):
        full.metadata[f"key-{number}"] = {"a": [1, "two", None, True, {"b": "c"}]}
    samples = []
    for kind in (ads.CDS, ads.EDS, ads.LDS, ads.RDS, SDS):
        samples.append(discovery_pb2.DiscoveryRequest(node=node, type_url=kind, resource_names=["a", "ROOTCA"]))
        samples.append(
            discovery_pb2.DeltaDiscoveryRequest(
                node=full, type_url=kind, resource_names_subscribe=["*", "a"], resource_names_unsubscribe=["b"],
                initial_resource_versions={"a": "1", "b": ""}, response_nonce="x",
            )  # fmt: skip
        )
    return [one.SerializeToString() for one in samples] + [b"\x12" + _sized(b"\x1a" + _sized(nested(3000)))]


def _sized(data: bytes) -> bytes:
    length, head = len(data), b""
    while length > 0x7F:
        head, length = head + bytes([length & 0x7F | 0x80]), length >> 7
    return head + bytes([length]) + data


def _ended(call) -> str:
    """How a call ended; it must end."""
    try:
        for _ in call:
            pass
        return "OK"
    except grpc.RpcError as error:
        assert error.code() != grpc.StatusCode.DEADLINE_EXCEEDED, error
        return error.code().name


def _storm(plane, path: str, samples: list, count: int, secure: bool, seed: int) -> dict:
    """How many calls with one message each ended in which way."""
    chance, found = random.Random(seed), {}
    token = plane.issuer.token("shop", "cart")
    options = [("grpc.use_local_subchannel_pool", 1)]
    channel = plane.channel() if secure else grpc.insecure_channel(f"127.0.0.1:{plane.control.xds_port}", options)
    with channel:
        call = channel.stream_stream(path)
        for number in range(count):
            message = mutated(chance, samples) if number else samples[-1]
            metadata = [("authorization", f"Bearer {token}")]
            end = _ended(call(iter([message]), metadata=metadata, timeout=20))
            found[end] = found.get(end, 0) + 1
    assert plane.control.child.alive(), plane.log()[-4000:]
    return found


def _serves(plane, folder):
    """As if nothing had been."""
    with stream(plane, who("shop", "cart")) as one:
        one.subscribe(ads.CDS)
        assert ads.resources(one.take(ads.CDS))
    with ads.Stream(plane.control.xds_port, False) as one:
        one.subscribe(ads.CDS)
        assert ads.resources(one.take(ads.CDS))
    with plane.channel() as channel:
        csr = certificates.request(folder, certificates.key(folder))
        assert create_certificate(channel, csr, token=plane.issuer.token("shop", "cart"))


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("variant", ["StreamAggregatedResources", "DeltaAggregatedResources"])
def test_no_message_of_discovery_ends_the_control_plane(plane, tmp_path, variant, secure):
    before = plane.control.child.resident_mb()
    count = 450 if secure else 150
    found = _storm(plane, _ADS + variant, _discovery_samples(), count, secure, 22)
    assert sum(found.values()) == count and sum(found.values()) > found.get("OK", 0), found
    _serves(plane, tmp_path)
    assert plane.control.child.resident_mb() < before + _GROWTH


def test_no_request_for_a_certificate_ends_the_control_plane(plane, tmp_path):
    before = plane.control.child.resident_mb()
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    samples = [
        CertificateRequest(csr=csr, validity_duration=seconds).SerializeToString() for seconds in (0, 60, 2**63 - 1, -1)
    ]
    # `metadata` is a Struct: { "ImpersonatedIdentity": list within list }.
    samples.append(b"\x22" + _sized(b"\x0a" + _sized(b"\x0a\x14ImpersonatedIdentity\x12" + _sized(nested(3000)))))
    found = _storm(plane, _SIGN, samples, 500, True, 23)
    assert sum(found.values()) == 500 and found.get("INVALID_ARGUMENT", 0) > 50, found
    _serves(plane, tmp_path)
    assert plane.control.child.resident_mb() < before + _GROWTH


def _connection(plane):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    plain = socket.create_connection(("127.0.0.1", plane.control.secure_port), timeout=5)
    return context.wrap_socket(plain)


def _call(plane, path: str, message: bytes) -> list:
    token = plane.issuer.token("shop", "cart")
    # A literal of more than 126 bytes has its length in several.
    authorization = b"\0\x0dauthorization" + _long(f"Bearer {token}".encode())
    head = h2.grpc_call(path)
    head = h2.frame(h2.HEADERS, h2.END_HEADERS, 1, head[9:] + authorization)
    body = h2.frame(h2.DATA, h2.END_STREAM, 1, b"\0" + len(message).to_bytes(4, "big") + message)
    return [h2.PREFACE, h2.frame(h2.SETTINGS), head, body]


def _long(data: bytes) -> bytes:
    length, head = len(data) - 127, b"\x7f"
    while length > 0x7F:
        head, length = head + bytes([length & 0x7F | 0x80]), length >> 7
    return head + bytes([length]) + data


def _sent(plane, data: bytes):
    with _connection(plane) as one:
        try:
            one.sendall(data)
        except OSError:
            pass  # it was closed before all of it came


def test_what_ends_in_the_middle_of_a_frame_ends_nothing_else(plane, tmp_path):
    message = discovery_pb2.DeltaDiscoveryRequest(node=who("shop", "cart"), type_url=ads.CDS).SerializeToString()
    parts = _call(plane, _ADS + "DeltaAggregatedResources", message)
    whole, chance = b"".join(parts), random.Random(24)
    cuts = {len(b"".join(parts[:count])) + more for count in range(len(parts) + 1) for more in range(-9, 10)}
    for end in sorted(cut for cut in cuts if 0 <= cut <= len(whole)):
        _sent(plane, whole[:end])
    for _ in range(150):
        _sent(plane, h2.PREFACE + mutated(chance, [b"".join(parts[1:]), *parts[1:], h2.frame(h2.PING, 0, 0, b"x" * 8)]))
    assert plane.control.child.alive()
    _serves(plane, tmp_path)


def test_headers_that_no_client_sends_end_their_connection_only(plane, tmp_path):
    call = h2.grpc_call(_SIGN)[9:]
    many = h2.header("a", "b") * 2_500
    for blocks in (
        [call + h2.header(":bogus", "x")], [h2.header("a", "b") + call], [call + call], [h2.header(":path", "")], [b""],
        [call + h2.header("A B\0", "\r\n")], [b"\xff" * 64], [b"\x3f" + b"\xff" * 9 + b"\x7f"], [call] + [many] * 30,
    ):  # fmt: skip
        data = h2.frame(h2.HEADERS, h2.END_HEADERS if len(blocks) == 1 else 0, 1, blocks[0])
        for place, block in enumerate(blocks[1:], 2):
            data += h2.frame(h2.CONTINUATION, h2.END_HEADERS if place == len(blocks) else 0, 1, block)
        _sent(plane, h2.PREFACE + h2.frame(h2.SETTINGS) + data)
    assert plane.control.child.alive()
    _serves(plane, tmp_path)


@pytest.mark.parametrize("path", [_ADS + "DeltaAggregatedResources", _SIGN])
def test_a_message_of_a_gibibyte_is_refused_by_its_length(plane, tmp_path, path):
    before = plane.control.child.resident_mb()
    parts = _call(plane, path, b"")
    sent, ended = 0, False
    with _connection(plane) as one:
        one.sendall(b"".join(parts[:3]) + h2.frame(h2.DATA, 0, 1, b"\0" + (1 << 30).to_bytes(4, "big")))
        one.settimeout(0.01)
        received, until = b"", time.monotonic() + 10
        while not ended and sent < 1 << 30 and time.monotonic() < until:
            try:
                # What the window allows at first; who goes beyond it breaks the protocol, and is told so.
                if sent < 60_000:
                    one.sendall(h2.frame(h2.DATA, 0, 1, b"x" * 16_000))
                    sent += 16_000
                data = one.recv(65536)
                ended = not data
                received += data
            except TimeoutError:
                pass
            except OSError:
                ended = True
            kinds = [(kind, flags & h2.END_STREAM) for kind, flags, number, _ in h2.frames(received) if number == 1]
            ended = ended or any(kind == h2.RST_STREAM or (kind == h2.HEADERS and last) for kind, last in kinds)
    assert ended, f"{sent} bytes were taken, and nothing was said"
    assert plane.control.child.resident_mb() < before + _GROWTH
    _serves(plane, tmp_path)


def test_a_message_that_is_too_long_ends_its_call(plane):
    with plane.channel() as channel:
        call = channel.unary_unary(_SIGN)
        metadata = [("authorization", f"Bearer {plane.issuer.token('shop', 'cart')}")]
        with pytest.raises(grpc.RpcError) as caught:
            call(b"\x0a" + _sized(b"A" * (17 << 20)), metadata=metadata, timeout=20)
    # The server ends the stream for it; the reason is lost with some clients.
    assert caught.value.code() in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED), caught.value


class Target:
    """A port of HTTPS, and the process behind it that must live."""

    def __init__(self, port: int, context: ssl.SSLContext, cluster):
        self.port, self.context, self.cluster = port, context, cluster
        self.client = None

    def connect(self) -> Client:
        return Client("127.0.0.1", self.port, seconds=10, tls=self.context)

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def post(self, path: str, body: bytes, kind: str = "application/json"):
        """The status, on one connection as long as it lives; None when it was closed instead of an answer."""
        self.client = self.client or self.connect()
        try:
            answer = self.client.request(request_bytes("POST", path, "localhost", {"Content-Type": kind}, body))
        except (BrokenResponse, OSError):
            self.close()
            return None
        if answer.value("connection") == "close":
            self.close()
        return answer.status

    def many_headers(self, path: str, count: int):
        """The status of a request with so many of them; None when the connection was closed instead."""
        client = self.connect()
        try:
            lines = b"".join(b"h%d: x\r\n" % number for number in range(count))
            client.send(b"POST " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n")
            return client.response().status
        except BrokenResponse as broken:
            assert "no answer in time" not in str(broken), "the connection was left open without an answer"
            return None
        except OSError:
            return None
        finally:
            client.close()

    def flood(self, path: str, size: int | None) -> tuple:
        """(status, bytes sent) of a body of a gibibyte, told beforehand or in chunks."""
        length = f"Content-Length: {size}" if size else "Transfer-Encoding: chunked"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
        client, piece, answers = self.connect(), b" " * 65536, []

        def read():
            try:
                client.started = time.monotonic()
                answers.append(client.response().status)
            except (BrokenResponse, OSError):
                answers.append(None)

        reader = threading.Thread(target=read)
        sent = 0
        try:
            client.send(head.encode())
            reader.start()
            while not answers and sent < 1 << 30:
                client.socket.sendall(piece if size else b"10000\r\n" + piece + b"\r\n")
                sent += len(piece)
        except OSError:
            pass
        reader.join(10)
        client.close()
        return (answers or [None])[0], sent


@pytest.fixture(scope="module")
def cluster():
    scratch = Scratch("hostile")
    one = Cluster(scratch.path)
    yield one
    one.stop()
    scratch.remove()


def _insecure() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def webhook(cluster):
    with forwarded(cluster.kubectl.within("istio-system"), 15017) as port:
        one = Target(port, _insecure(), cluster)
        yield one
        one.close()


@pytest.fixture(scope="module")
def api(cluster):
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    context, user = _insecure(), config["users"][0]["user"]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name in ("client-certificate", "client-key"):
            files.append(Path(folder) / name)
            data = user.get(f"{name}-data")
            files[-1].write_bytes(base64.b64decode(data) if data else Path(user[name]).read_bytes())
        context.load_cert_chain(*files)
    one = Target(int(config["clusters"][0]["cluster"]["server"].rsplit(":", 1)[1]), context, cluster)
    yield one
    one.close()


_REVIEW = {
    "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
    "request": {
        "uid": "1", "namespace": "default", "operation": "CREATE", "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "object": {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": {"proxy.istio.io/config": "{}"}},
            "spec": {"containers": [{"name": "a", "image": "a", "ports": [{"containerPort": 80}]}]},
        },
    },
}  # fmt: skip
_RULE = {
    "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "a", "namespace": "default"},
    "spec": {"hosts": ["a"], "http": [{"match": [{"uri": {"regex": "a+"}}], "route": [{"destination": {"host": "a"}}]}]},
}
_VALIDATION = {**_REVIEW, "request": {**_REVIEW["request"], "object": _RULE}}


def _deep(depth: int) -> list:
    """JSON that is nested so deep, alone and within what is asked for."""
    lists, objects = "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth
    review = json.dumps({**_REVIEW, "request": {**_REVIEW["request"], "object": "DEEP"}})
    return [text.encode() for text in (lists, objects, "[" * depth, review.replace('"DEEP"', objects))]


@pytest.mark.needs_root
@pytest.mark.parametrize("path", ["/inject", "/validate"])
def test_no_review_ends_the_webhooks(webhook, path):
    for body in _deep(10_000):
        assert webhook.post(path, body) == 400
    chance, found = random.Random(25), {}
    samples = [json.dumps(one).encode() for one in (_REVIEW, _VALIDATION)]
    for _ in range(150):
        status = webhook.post(path, mutated(chance, samples))
        found[status] = found.get(status, 0) + 1
    assert set(found) <= {200, 400} and found[400] > 50, found
    # More than its library's type for headers has room for.
    assert webhook.many_headers(path, 70_000) in (None, 400, 431)
    assert webhook.post(path, samples[0]) == 200


@pytest.mark.needs_root
@pytest.mark.parametrize(
    ("path", "size", "most"),
    [("/inject", 1 << 30, 16 << 20), ("/validate", 1 << 30, 16 << 20), ("/inject", None, 64 << 20)],
)
def test_a_review_of_a_gibibyte_is_refused_early(webhook, path, size, most):
    status, sent = webhook.flood(path, size)
    assert status == 413 and sent < most, (status, sent)
    assert webhook.post(path, json.dumps(_REVIEW).encode()) == 200


@pytest.mark.needs_root
def test_no_object_ends_the_api(api):
    path = "/api/v1/namespaces/default/configmaps"
    small = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}}
    for body in _deep(10_000):
        assert api.post(path, body) == 400
        assert api.post(path, body, "application/yaml") in (400, 415)
    chance, found = random.Random(26), {}
    kinds = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
    samples = [json.dumps(small).encode(), b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x08\x0a\x03\x0a\x01a\x12\x01a"]
    for number in range(240):
        status = api.post(path, mutated(chance, samples), kinds[number % 3])
        found[status] = found.get(status, 0) + 1
    assert set(found) <= {201, 400, 409, 415, 422} and found[400] > 80, found
    assert api.many_headers(path, 70_000) in (None, 400, 431)
    assert api.cluster.kubectl("get", "configmaps").code == 0


@pytest.mark.needs_root
@pytest.mark.parametrize(("size", "most"), [(1 << 30, 8 << 20), (None, 32 << 20)], ids=["told", "in chunks"])
def test_an_object_of_a_gibibyte_is_refused_early(api, size, most):
    before = api.cluster.child.resident_mb()
    status, sent = api.flood("/api/v1/namespaces/default/configmaps", size)
    assert status == 413 and sent < most, (status, sent)
    assert api.cluster.child.resident_mb() < before + _GROWTH
    assert api.cluster.kubectl("get", "configmaps").code == 0
