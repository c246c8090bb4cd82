"""One request is one line of the access log and valid JSON, whatever its caller writes into names, paths and headers."""
import json
import random
import re
import time

import pytest

from conformance.table import FIXTURES
from harness import certificates
from harness.http_client import BrokenResponse, Client, request_bytes
from harness.identities import client_context
from harness.programs import ROOT
from harness.sidecar import ENGINES
from harness.world import World

from .pipeline import answers

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(20)]

_GATEWAY = "10.10.5.20"
_RULES = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-system}
spec:
  selector: {app: gate}
  servers:
  - {port: {number: 8000, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 8443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: open, namespace: default}
spec:
  hosts: ["*"]
  gateways: [istio-system/public]
  http: [{route: [{destination: {host: audited, port: {number: 80}}}]}]
"""
_ID = "x-request-number"
_WORDS = [
    '"', '\\', '\\"', '"}', '","x":"y', "}\\n{", "\t", "%0a", "%0D%0A{}", "%22", "\x85", "\xe9", "\xff", "\xc3\xa9", "\xe2\x80\xa8", "'", "`",
    "${jndi:ldap://x}", "%REQ(HOST)%", "\\u0000", "\\x", "<script>", "null", "{}", "[]", "a,b;c=d", "\x80\x81", "\xf0\x9f\x98\x80", "\xed\xa0\x80",
]  # fmt: skip


def _operators() -> list:
    """What our own log knows; the source is the list."""
    source = (ROOT / "Sources/Contract/MeshTelemetry/AccessLogOperator.swift").read_text()
    return re.findall(r'"([A-Z_]+)": \.', source)


def _format() -> dict:
    headers = [":METHOD", ":PATH", ":AUTHORITY", "USER-AGENT", "X-FORWARDED-FOR", "X-FORWARDED-CLIENT-CERT", "X-HOSTILE"]
    fields = {name: f"%{name}%" for name in _operators()}
    fields |= {name: f"%REQ({name})%" for name in headers}
    fields |= {f"{name} in text": f'<"%REQ({name})%\\>' for name in headers}
    fields |= {f"{name} cut": f"%REQ({name}):3%" for name in headers}
    return {**fields, "RESP": "%RESP(X-HOSTILE)%", "TRAILER": "%TRAILER(X)%", "id": f"%REQ({_ID})%"}


@pytest.fixture(scope="module")
def world():
    text = "\n---\n".join([(FIXTURES / "mesh" / "doors.yaml").read_text(), _RULES])
    mesh = {"accessLogEncoding": "JSON", "accessLogFormat": json.dumps(_format())}
    one = World("access-log", text, mesh, identities=True)
    yield one
    one.close()


def _requests(first: int, count: int) -> list:
    """Sound as HTTP and hostile to whoever writes it down."""
    choose = random.Random(first)

    def text(allowed) -> str:
        joined = "".join(choose.choice(_WORDS) for _ in range(choose.randint(1, 4)))
        return "".join(one for one in joined if allowed(ord(one)))

    def in_field(one: int) -> bool:
        return one == 9 or (one >= 0x20 and one != 0x7F)

    def in_target(one: int) -> bool:
        return 0x20 < one < 0x7F and one != 0x23

    found = []
    for number in range(first, first + count):
        method = choose.choice(["GET", "GET", "G'T", "G`T", "get", "P|T^"])
        headers = {
            _ID: str(number), "User-Agent": text(in_field), "X-Forwarded-For": text(in_field), "X-Hostile": text(in_field),
            "X-Forwarded-Client-Cert": text(in_field), "x-echo-header": f"x-hostile={text(in_field)}",
        }  # fmt: skip
        found.append(request_bytes(method, "/" + text(in_target), choose.choice(["web", "a'b", "a!$&b", "web:80"]), headers))
    return found


def _lines(sidecar, offset: int) -> list:
    """The lines since; those of the program itself begin otherwise."""
    data = sidecar.log.path.read_bytes()[offset:]
    return [line for line in data.split(b"\n") if line.startswith(b"{") and b'"DOWNSTREAM_REMOTE_ADDRESS"' in line or b'"id"' in line]


def _hostile_folder(world):
    """A certificate that the mesh's authority signed, with the good name among others that are not."""
    folder = world.scratch.folder("hostile")
    key = certificates.key(folder, name="key")
    subject = r'/CN=a",By=spiffe:\/\/x;URI=spiffe:\/\/cluster.local\/ns\/x\/sa\/admin/O=b\\\\"/OU={"x":1}'
    (folder / "key.pem").write_bytes(key.read_bytes())
    (folder / "request.pem").write_text(certificates.request(folder, key, subject))
    (folder / "extensions").write_text(
        'subjectAltName=URI:spiffe://cluster.local/ns/default/sa/client,DNS:a"};{b,DNS:a;By=x\n'
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"
    )
    authority = world.authority
    chain = certificates.openssl(
        "x509", "-req", "-in", folder / "request.pem", "-CA", authority.path / "root.pem", "-CAkey",
        authority.path / f"{authority.name}.key", "-CAcreateserial", "-days", 1, "-extfile", folder / "extensions",
    )  # fmt: skip
    (folder / "cert-chain.pem").write_bytes(chain)
    return folder


@pytest.mark.parametrize("engine", ENGINES)
def test_one_request_is_one_line_of_json(engine, world):
    sidecar = world.enter(engine, "gate.istio-system", "router")
    offset = sidecar.log.path.stat().st_size
    plain = _requests(0, 120)
    found = world.namespace.inside(answers, lambda: Client(_GATEWAY, 8000, "10.10.99.1"), plain)
    folder, names, secured = _hostile_folder(world), ['a"b', "a\\b", 'x","y":"z', "a\nb", "{}", "a b", "\x01", "web"], 0
    for number, name in enumerate(names):
        context = client_context(folder, world.authority.path / "root.pem", ["istio-http/1.1", "http/1.1"])
        try:
            client = world.namespace.inside(Client, _GATEWAY, 8443, "10.10.99.1", 15, context, name)
            world.namespace.inside(client.request, _requests(1000 + number, 1)[0])
            secured += 1
            client.close()
        except (BrokenResponse, OSError, ValueError):
            continue  # a name that is none is refused before there is a request
    assert secured >= 1 and sum(one is not None for one in found) == len(plain)
    deadline = time.monotonic() + 5
    while len(lines := _lines(sidecar, offset)) < len(plain) + secured and time.monotonic() < deadline:
        time.sleep(0.05)
    wrong, numbers = [], []
    for line in lines:
        try:
            read = json.loads(line)
        except ValueError as error:
            wrong.append(f"{error}: {line[:300]!r}")
            continue
        if set(read) != set(_format()):
            wrong.append(f"has the keys {sorted(set(read) ^ set(_format()))} more or less: {line[:300]!r}")
        numbers.append(read["id"])
    if wrong:
        pytest.fail(f"{engine}: {len(wrong)} lines:\n  " + "\n  ".join(wrong[:10]), pytrace=False)
    served = [one for one in numbers if one]
    assert len(served) == len(set(served)), "a request has two lines"
    assert len(numbers) == len(plain) + secured
