"""What the proxies are measured with besides plain requests: meshes, and what wrk asks of them.

A scenario is the YAML martletd serves, the addresses the server listens on, and a Lua program for wrk. The programs make
their requests once and then go round, so that the load costs every engine the same.
"""
from dataclasses import dataclass

HOST = "bench.default.svc.cluster.local"
NAMES = ["routes-100", "retries", "consistent-hash", "endpoints-1000"]

#: Listeners of the server where a cluster shall have so many endpoints.
_ADDRESSES = {"consistent-hash": 50, "endpoints-1000": 1000}


@dataclass
class Scenario:
    name: str
    mesh: str
    addresses: list
    script: str
    #: A path that some route serves.
    path: str = "/"


def scenario(name: str, service_port: int, upstream_port: int) -> Scenario:
    addresses = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(_ADDRESSES.get(name, 1))]
    documents = [service("bench", "10.96.0.10", service_port, upstream_port, addresses)]
    script = _PLAIN
    if name == "routes-100":
        documents.append(virtual_service("bench", _hundred_routes()))
        script = _rotating([_request_of(number) for number in range(100)])
    elif name == "retries":
        documents.append(virtual_service("bench", _RETRIES))
    elif name == "consistent-hash":
        documents.append(_CONSISTENT_HASH)
        script = _rotating([f'wrk.format("GET", "/", headers{{["x-user"] = "user-{n}"}})' for n in range(500)])
    elif name != "endpoints-1000":
        raise ValueError(name)
    path = "/v2/items-0/details" if name == "routes-100" else "/"
    return Scenario(name, "\n---\n".join(documents), addresses, script, path)


def service(name: str, address: str, port: int, target: int, endpoints: list) -> str:
    listed = "".join(f"\n  - {{addresses: [{one}], conditions: {{ready: true}}}}" for one in endpoints)
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: default}}
spec:
  clusterIP: {address}
  selector: {{app: {name}}}
  ports: [{{name: http, port: {port}, targetPort: {target}, protocol: TCP}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: default, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: {target}, protocol: TCP}}]
endpoints:{listed}
"""


def virtual_service(name: str, http: str) -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: default}}
spec:
  hosts: [{name}]
  http:
{http}"""


def _hundred_routes() -> str:
    """Half of them by an expression for the path, half by headers; the requests go round over all of them."""
    lines = []
    for number in range(100):
        if number % 2:
            match = f'headers: {{x-tenant: {{exact: tenant-{number}}}, x-client: {{regex: "web-[0-9]+\\\\..*"}}}}'
        else:
            match = f'uri: {{regex: "/v[0-9]+/items-{number}/[^/]+"}}'
        lines.append(f"  - match: [{{{match}}}]\n    route: [{{destination: {{host: bench}}}}]")
    return "\n".join(lines) + "\n"


def _request_of(number: int) -> str:
    if number % 2:
        headers = f'["x-tenant"] = "tenant-{number}", ["x-client"] = "web-17.eu-west"'
        return f'wrk.format("GET", "/orders/{number}", headers{{{headers}}})'
    return f'wrk.format("GET", "/v2/items-{number}/details?page=3", headers{{["x-client"] = "web-17.eu-west"}})'


_RETRIES = """
  - retries: {attempts: 3, perTryTimeout: 2s, retryOn: "5xx,reset,connect-failure,refused-stream"}
    timeout: 10s
    route: [{destination: {host: bench}}]
"""

_CONSISTENT_HASH = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: bench, namespace: default}
spec:
  host: bench
  trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}
"""

_PLAIN = "-- every request is the same\n"


def _rotating(requests: list) -> str:
    """A program for wrk that sends these expressions in turn."""
    made = "\n".join(f"    all[#all + 1] = {one}" for one in requests)
    return f"""
local all, at = {{}}, 0
local function headers(more)
    more["Host"] = "{HOST}"
    return more
end
function init()
{made}
end
function request()
    at = at % #all + 1
    return all[at]
end
"""
