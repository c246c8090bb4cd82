"""Plays a case through a sidecar and says what differs from the table."""
import json
import time
from collections import Counter

from harness import shares
from harness.http_client import BrokenResponse, Client, request_bytes
from harness.world import World

from .table import Case

#: Requests of a case with many are spread over this many connections.
_CONNECTIONS = 4


def _source(world: World, case: Case) -> str | None:
    """A caller has its pod's address; whoever calls the pod or the gateway comes from elsewhere."""
    return world.pods[case.pod]["status"]["podIP"] if case.mode == "outbound" else "10.10.99.1"


def _mark(case: Case) -> str | None:
    """A user agent by which the access log's lines of the case are known."""
    request = case.request
    own = "user-agent" in {name.lower() for name in request["headers"]}
    if own or "raw" in request or request.get("protocol", "http") != "http":
        return None
    return f"conformance {case.file.name}: {case.name}".replace('"', "")


def _bytes(request: dict, extra: dict) -> bytes:
    if "raw" in request:
        return request["raw"].encode("latin-1")
    body = request["body"].encode() if "body" in request else None
    if "bodyBytes" in request:
        body = b"x" * request["bodyBytes"]
    headers = {**request.get("headers", {}), **extra}
    return request_bytes(
        request.get("method", "GET"), request.get("path", "/"), request.get("host"), headers, body,
        request.get("chunked", False),
    )  # fmt: skip


def play(world: World, case: Case, engine: str) -> list:
    """The differences, as readable lines."""
    expect = case.expected_of(engine)
    sidecar = world.enter(engine, case.pod, "router" if case.mode == "gateway" else "sidecar")
    if _mark(case) is None or sidecar.last_unmarked:
        time.sleep(0.1)  # the line of an earlier case may be on its way, and nothing tells it apart
    sidecar.last_unmarked = _mark(case) is None
    sidecar.log.skip()
    differences = Differences()
    talk = _tcp if case.request.get("protocol", "http") == "tcp" else _http
    try:
        world.namespace.inside(talk, world, case, expect, sidecar, differences)
    except (BrokenResponse, OSError) as error:
        differences.lines.append(f"request failed: {error}")
    if not sidecar.child.alive():
        differences.lines.append(f"the proxy ended: {sidecar.child.text()}")
    return differences.lines


class Differences:
    def __init__(self):
        self.lines = []

    def same(self, what: str, got, want):
        if got != want:
            self.lines.append(f"{what}: expected {want!r}, got {got!r}")

    def one_of(self, what: str, got, want):
        if got not in (want if isinstance(want, list) else [want]):
            self.lines.append(f"{what}: expected {want!r}, got {got!r}")

    def headers(self, what: str, got: list, want: dict):
        """`got` is a list of [name, value]."""
        for name, value in want.items():
            values = [text for key, text in got if key.lower() == name.lower()]
            if value == "absent":
                self.same(f"{what} {name}", values, [])
            elif value == "present":
                if not values:
                    self.lines.append(f"{what} {name}: expected to be there")
            else:
                wanted = [str(one) for one in value] if isinstance(value, list) else [str(value)]
                self.same(f"{what} {name}", values, wanted)


def _tcp(world, case, expect, sidecar, differences):
    request, servers = case.request, Counter()
    for _ in range(case.times):
        client = Client(request["address"], request["port"], _source(world, case))
        try:
            client.send((request.get("body", "hello") + "\n").encode())
            try:
                reply = client.line().decode().rstrip("\n")
            except BrokenResponse as broken:
                if "reply" not in expect or expect["reply"] != "":
                    raise
                reply = broken.received.decode("latin-1")
                if "no answer in time" in str(broken):
                    differences.lines.append("expected a closed connection, it stayed open")
        finally:
            client.close()
        servers[reply.split(" ")[0]] += 1
    if "reply" in expect:
        differences.same("reply", reply, expect["reply"])
    if expect.get("upstream", "none") != "none":
        differences.one_of("upstream", reply.split(" ")[0], expect["upstream"])
    if "upstreams" in expect and (why := shares.complaint(servers, expect["upstreams"])):
        differences.lines.append(f"upstreams: {why}")
    _logged(case, expect, sidecar, differences)


def _http(world, case, expect, sidecar, differences):
    request = case.request
    method, mark = request.get("method", "GET"), _mark(case)
    servers, clients, response = Counter(), [], None
    count = len(expect["statuses"]) if "statuses" in expect else 1
    try:
        for number in range(case.times):
            if len(clients) < min(_CONNECTIONS, case.times):
                clients.append(Client(request["address"], request["port"], _source(world, case)))
            client = clients[number % _CONNECTIONS]
            client.send(_bytes(request, {} if mark is None else {"User-Agent": mark}))
            responses = [client.response(method) for _ in range(count)]
            response = responses[-1]
            servers[response.value("x-echo-server") or "none"] += 1
            if "statuses" in expect:
                differences.same("statuses", [one.status for one in responses], expect["statuses"])
            if "status" in expect and response.status != expect["status"]:
                differences.same("status", response.status, expect["status"])
                differences.lines.append(f"  its body: {response.body[:200]!r}")
                break
        if expect.get("closed") is True and not client.wait_closed():
            differences.lines.append("expected a closed connection, it stayed open")
    finally:
        for client in clients:
            client.close()
    if case.times == 1:
        _response(response, expect, differences)
    if "upstreams" in expect and (why := shares.complaint(servers, expect["upstreams"])):
        differences.lines.append(f"upstreams: {why}")
    _logged(case, expect, sidecar, differences)


def _response(response, expect, differences):
    if "upstream" in expect:
        differences.one_of("upstream", response.value("x-echo-server") or "none", expect["upstream"])
    differences.headers("response header", response.headers, expect.get("headers", {}))
    if "body" in expect:
        differences.same("body", response.body.decode("utf-8", "replace"), expect["body"])
    milliseconds = response.seconds * 1000
    if milliseconds < expect.get("atLeastMs", 0) or milliseconds > expect.get("atMostMs", 1e9):
        differences.lines.append(
            f"took {milliseconds:.0f} ms, expected {expect.get('atLeastMs', 0)} to {expect.get('atMostMs', 'any')}"
        )
    seen = expect.get("seen")
    if seen is None:
        return
    try:
        echo = json.loads(response.body)
    except ValueError:
        differences.lines.append(f"no echo in the answer: {response.status} {response.body[:200]!r}")
        return
    got = {**echo, "host": dict(map(tuple, echo["headers"])).get("host")}
    for key in ("method", "path", "host", "body", "bodyBytes"):
        if key in seen:
            differences.same(f"seen {key}", got[key], seen[key])
    differences.headers("seen header", echo["headers"], seen.get("headers", {}))


def _logged(case, expect, sidecar, differences):
    """Compares what only the access log tells."""
    wanted = {"cluster", "clusters", "route", "flags", "details"} & set(expect)
    if not wanted:
        return
    mark = _mark(case)
    entries = sidecar.log.lines(case.times, 5, lambda entry: mark is None or entry["agent"] in (mark, "-"))
    if not entries:
        differences.lines.append(f"no line in the access log, which should tell {sorted(wanted)}")
        return
    entry = entries[-1]
    if "cluster" in expect:
        differences.same("cluster", entry["cluster"], "-" if expect["cluster"] == "none" else expect["cluster"])
    if "route" in expect:
        differences.same("route", entry["route"], expect["route"] or "-")
    if "flags" in expect:
        differences.same("flags", entry["flags"], "-" if expect["flags"] == "none" else expect["flags"])
    if "details" in expect:
        differences.one_of("details", entry["details"], expect["details"])
    if "clusters" in expect:
        counts = Counter(one["cluster"] for one in entries)
        if why := shares.complaint(counts, expect["clusters"]):
            differences.lines.append(f"clusters: {why}")
