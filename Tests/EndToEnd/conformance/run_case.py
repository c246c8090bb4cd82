"""Plays a case through a sidecar and says what differs from the table."""
import time
from collections import Counter

from harness import shares
from harness.http_client import BrokenResponse, Client, Response, request_bytes
from harness.tokens import placed
from harness.world import World

from .differences import Differences
from .table import Case
from .traces import Counters, logged, reached

#: Requests of a case with many are spread over this many connections.
_CONNECTIONS = 4


def _source(world: World, case: Case) -> str | None:
    """A caller has its pod's address; whoever calls the pod or the gateway comes from elsewhere."""
    return world.pods[case.pod]["status"]["podIP"] if case.mode == "outbound" else "10.10.99.1"


def _mark(case: Case) -> str | None:
    """A user agent by which the lines of the case are known in the logs of the proxy and of the servers."""
    request = case.request
    own = "user-agent" in {name.lower() for name in request["headers"]}
    if own or "raw" in request or request.get("protocol", "http") != "http":
        return None
    return f"conformance {case.file.name}: {case.name}".replace('"', "")


def _bytes(request: dict, extra: dict) -> bytes:
    request = placed(request)
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
        if expect.get("status") != "refused":
            differences.lines.append(f"request failed: {error}")
    else:
        if expect.get("status") == "refused":
            differences.lines.append("expected a refused connection, it was served")
    if not sidecar.child.alive():
        differences.lines.append(f"the proxy ended: {sidecar.child.text()}")
    return differences.lines


def _tcp(world, case, expect, sidecar, differences):
    request, servers = case.request, Counter()
    for _ in range(case.times):
        try:
            client = world.client(request.get("tls"), request["address"], request["port"], _source(world, case))
        except BrokenResponse:
            if expect.get("reply") != "":
                raise
            reply = ""
            servers[reply] += 1
            continue
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
    logged(case, expect, None, sidecar, differences)


class Exchange:
    """The requests of a case, on connections that are kept; every answer is."""

    def __init__(self, world, case: Case, expect: dict, differences: Differences):
        self.world, self.case, self.expect, self.differences = world, case, expect, differences
        self.method = case.request.get("method", "GET")
        mark = _mark(case)
        self.bytes = _bytes(case.request, {} if mark is None else {"User-Agent": mark})
        self.count = len(expect["statuses"]) if "statuses" in expect else 1
        self.may_break = expect.get("status") == "broken" or "broken" in expect.get("answers", {})
        self.connections = case.concurrent or min(_CONNECTIONS, case.times)
        self.clients, self.responses = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()

    def warm_up(self):
        if not self.case.warm_up:
            return
        for _ in range(self.case.warm_up):
            self._send(0)
            self.clients[0].response(self.method)
        time.sleep(0.1)  # until their lines are in the logs

    def play(self):
        for number in range(self.case.times):
            if number and self.case.pause_ms and number % (self.case.concurrent or 1) == 0:
                time.sleep(self.case.pause_ms / 1000)
            self._send(number % self.connections)
            if not self.case.concurrent:
                if not self._receive(number % self.connections):
                    return
            elif number % self.case.concurrent == self.case.concurrent - 1:
                for each in range(self.case.concurrent):
                    self._receive(each)

    def _send(self, place: int):
        if place >= len(self.clients):
            self.clients.append(self._connect())
        self.clients[place].send(self.bytes)

    def _reconnect(self, place: int):
        self.clients[place].close()
        self.clients[place] = self._connect()

    def _connect(self) -> Client:
        request = self.case.request
        source = _source(self.world, self.case)
        return self.world.client(request.get("tls"), request["address"], request["port"], source)

    def _receive(self, place: int) -> bool:
        """False ends the case: there is something to complain of."""
        client = self.clients[place]
        try:
            responses = [client.response(self.method) for _ in range(self.count)]
            if self.case.times > 1 and responses[-1].value("connection") == "close":
                self._reconnect(place)
        except BrokenResponse as broken:
            if not self.may_break or "no answer in time" in str(broken):
                raise
            responses = [Response("broken", "", [], broken.received, time.monotonic() - client.started)]
            self._reconnect(place)
        self.responses += responses[-1:]
        if "statuses" in self.expect:
            self.differences.same("statuses", [one.status for one in responses], self.expect["statuses"])
        want, got = self.expect.get("status"), responses[-1]
        if want is None or got.status == want:
            return True
        self.differences.same("status", got.status, want)
        self.differences.lines.append(f"  its body: {got.body[:200]!r}")
        return False


def _http(world, case, expect, sidecar, differences):
    with Exchange(world, case, expect, differences) as exchange:
        exchange.warm_up()
        sidecar.log.skip()
        world.echo_log.skip()
        counters = Counters(sidecar, expect)
        exchange.play()
        responses = exchange.responses
        if expect.get("closed") is True and not exchange.clients[-1].wait_closed():
            differences.lines.append("expected a closed connection, it stayed open")
    if case.times == 1:
        differences.response(responses[-1], expect)
    if "answers" in expect:
        differences.answers(responses, expect["answers"])
    if "slow" in expect:
        slow = sum(one.seconds * 1000 >= expect["slow"]["ms"] for one in responses)
        differences.part("slow answers", slow, len(responses), expect["slow"]["percent"])
    if "upstreams" in expect:
        servers = Counter(one.value("x-echo-server") or "none" for one in responses)
        if why := shares.complaint(servers, expect["upstreams"]):
            differences.lines.append(f"upstreams: {why}")
    mark = _mark(case)
    logged(case, expect, mark, sidecar, differences)
    reached(case, expect, mark, world.echo_log, differences)
    counters.check(differences)
