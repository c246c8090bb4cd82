"""A host is one host to routes and policies, in whatever case, with whichever port, with a dot at its end or without."""
import itertools
import time

import pytest
import yaml

from conformance.table import FIXTURES
from harness.http_client import Client, request_bytes
from harness.sidecar import ENGINES
from harness.world import World

from .pipeline import answers

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(15)]

_GATEWAY, _PORT, _MARKER = "10.10.5.20", 8000, "/marker"
_RULE = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-system}
spec: {selector: {app: gate}, servers: [{port: {number: 8000, name: http, protocol: HTTP}, hosts: ["*"]}]}
"""
#: The name of each route and the hosts it is for.
_ROUTES = {"shop": ["shop.example.com"], "any": ["*.example.com"], "rest": ["*"]}


def _mesh() -> str:
    rules = [
        {
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "hosts": hosts, "gateways": ["istio-system/public"],
                "http": [{
                    "headers": {"response": {"set": {"x-route": name}}},
                    "route": [{"destination": {"host": "audited", "port": {"number": 80}}}],
                }],
            },
        }
        for name, hosts in _ROUTES.items()
    ]  # fmt: skip
    return "\n---\n".join([(FIXTURES / "mesh" / "doors.yaml").read_text(), _RULE, yaml.safe_dump_all(rules)])


def spellings() -> list:
    """Ways to write the host, and names that are nearly it."""
    names = ["shop.example.com", "SHOP.EXAMPLE.COM", "sHop.eXample.Com", "www.example.com", "example.com", "other"]
    names += ["xshop.example.com", "shop.example.comx", "shop.example.com.example.com"]
    dots, ports = ["", ".", ".."], ["", ":", ":80", ":8000.", ":99999", ":x", ":80:80", "@other"]
    found = ["".join(parts) for parts in itertools.product(names, dots, ports)]
    found += ["shop%2eexample.com", "%73hop.example.com", "other@shop.example.com", "user:pw@shop.example.com", "[::1]", ""]
    return found + [" shop.example.com ", "shop.example.com/", "shop.example.com?x", "shop.example.com,other", "\tshop.example.com"]


@pytest.fixture(scope="module")
def world():
    one = World("hosts", _mesh())
    yield one
    one.close()


class _Gate:
    def __init__(self, world: World, engine: str):
        self.world, self.count = world, 0
        world.control_plane.write("policy.yaml", "")
        world.enter(engine, "gate.istio-system", "router")

    def ask(self, requests: list) -> list:
        # One after the other: Envoy forgets what stands behind a request that it refuses.
        return self.world.namespace.inside(answers, lambda: Client(_GATEWAY, _PORT, "10.10.99.1", 5), requests, 1)

    def fates(self) -> list:
        """What comes of each host: the route, or who refused."""
        requests = [request_bytes("GET", "/", host) for host in spellings()]
        # The same host by the request line, which goes before the header.
        requests += [request_bytes("GET", f"http://{host}/", "other") for host in spellings()]
        return [one and (one.value("x-route") if one.status == 200 else str(one.status)) for one in self.ask(requests)]

    def police(self, action: str, operation: dict):
        """Puts a policy in force; a path that no call has tells when."""
        self.count += 1
        marker = {"to": [{"operation": {"paths": [f"{_MARKER}{self.count}"]}}]}
        rules = {"guard": (action, {"to": [{"operation": operation}]}), "marker": ("DENY", marker)}
        policies = [
            {
                "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": {"name": name, "namespace": "istio-system"},
                "spec": {"selector": {"matchLabels": {"app": "gate"}}, "action": kind, "rules": [rule]},
            }
            for name, (kind, rule) in rules.items()
        ]  # fmt: skip
        self.world.control_plane.write("policy.yaml", yaml.safe_dump_all(policies))
        deadline = time.monotonic() + 15
        # Of a host that no policy before this one has refused.
        probe = request_bytes("GET", "/" if action == "ALLOW" else f"{_MARKER}{self.count}", "elsewhere")
        while self.ask([probe])[0].status != 403:
            assert time.monotonic() < deadline, f"the policy {operation} did not arrive"
            time.sleep(0.02)


@pytest.mark.parametrize("engine", ENGINES)
def test_policies_and_routes_know_one_host(engine, world):
    gate = _Gate(world, engine)
    deadline = time.monotonic() + 15
    while "shop" not in (routed := gate.fates()):
        assert time.monotonic() < deadline, f"no route: {set(routed)}"
        time.sleep(0.05)
    hosts = [*spellings(), *(f"http://{host}/" for host in spellings())]
    assert {"shop", "any", "rest"} <= set(routed)
    wrong = []
    gate.police("DENY", {"hosts": _ROUTES["shop"]})
    for host, route, fate in zip(hosts, routed, gate.fates(), strict=True):
        if route == "shop" and fate != "403":
            wrong.append(f"{host!r} is routed to shop and not refused with it: {fate}")
    gate.police("DENY", {"hosts": _ROUTES["any"]})
    for host, route, fate in zip(hosts, routed, gate.fates(), strict=True):
        if route in ("shop", "any") and fate != "403":
            wrong.append(f"{host!r} is routed to {route} and not refused with *.example.com: {fate}")
    gate.police("ALLOW", {"hosts": _ROUTES["shop"]})
    for host, route, fate in zip(hosts, routed, gate.fates(), strict=True):
        # Envoy takes a host with two ports, by whose beginning it is admitted and by whose end it is routed; we do not.
        if route != "shop" and fate in _ROUTES and not (engine == "envoy" and host.endswith(":80:80")):
            wrong.append(f"{host!r} is routed to {route} and admitted with shop")
    if wrong:
        pytest.fail(f"{engine}:\n  " + "\n  ".join(wrong), pytrace=False)
