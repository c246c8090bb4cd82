"""Random policies over every field, and calls near their values, so that either verdict is likely."""
import random

from .reference import Call

DOMAINS = ["cluster.local", "old.example"]
PRINCIPALS = [
    "cluster.local/ns/default/sa/client", "cluster.local/ns/bank/sa/ledger", "cluster.local/ns/bank/sa/client",
    "old.example/ns/default/sa/client", "cluster.local/ns/istio-system/sa/client", "cluster.local/ns/b-nk/sa/led.er",
]  # fmt: skip
#: 8080 is HTTP, 9000 TCP, 9100 says neither, 9200 is no service's.
PORTS = [8080, 9000, 9100, 9200]
ADDRESS = "10.10.3.1"

# A dot, a bracket or a plus in a literal is itself.
_IDENTITIES = [*PRINCIPALS, "*", "*/sa/client", "*/ns/default/sa/client", "cluster.local/ns/bank/*", "cluster.local/*",
               "cluster.local/ns/b.nk/sa/ledger", "cluster.local/ns/b-nk/sa/led[e]er"]  # fmt: skip
_NAMESPACES = ["default", "bank", "b*", "*nk", "*", "other", "b.nk"]
_ACCOUNTS = ["client", "default/client", "bank/ledger", "bank/client", "b-nk/led.er"]
_BLOCKS = ["10.10.99.1", "10.10.99.0/25", "10.10.98.0/24", "10.0.0.0/8", "192.0.2.0/24", "192.0.2.7"]
_HOSTS = ["web", "WEB", "api.example.com", "*.example.com", "api.*", "web:8080", "*"]
_METHODS = ["GET", "POST", "P*", "*T", "DELETE", "*"]
_PATHS = ["/", "/a", "/a/*", "/admin*", "*.html", "/a/{*}/c", "/a/{**}", "/A", "/a.b", "*", "/a/b"]
_HEADERS = ["red", "redder", "red*", "*ue", "blue", "*", "a.c"]
_NAMES = ["web", "web.example.com", "*.example.com", "*"]

_SOURCE = {
    "principals": _IDENTITIES, "namespaces": _NAMESPACES, "serviceAccounts": _ACCOUNTS, "ipBlocks": _BLOCKS,
    "remoteIpBlocks": _BLOCKS, "requestPrincipals": ["*", "issuer/subject"],
    "trustDomains": ["cluster.local", "old.example", "*", "c*", "other.example"],
}  # fmt: skip
_OPERATION = {"hosts": _HOSTS, "ports": [str(one) for one in PORTS], "methods": _METHODS, "paths": _PATHS}
_CONDITIONS = {
    "source.ip": _BLOCKS, "remote.ip": _BLOCKS, "source.namespace": _NAMESPACES, "source.principal": _IDENTITIES,
    "source.serviceAccount": _ACCOUNTS, "destination.ip": [ADDRESS, "10.10.3.0/24", "10.10.4.0/24"],
    "destination.port": _OPERATION["ports"], "connection.sni": _NAMES, "request.headers[x-color]": _HEADERS,
    "request.auth.principal": ["*"], "request.auth.claims[group]": ["admin"],
}  # fmt: skip
_PLACES = [("default", {"app": "web"}), ("default", None), ("istio-system", None), ("istio-system", {"app": "web"}),
           ("bank", None), ("default", {"app": "other"})]  # fmt: skip


class Generator:
    """Of a workload behind its sidecar."""

    address, places, operation, conditions = ADDRESS, _PLACES, _OPERATION, _CONDITIONS

    def __init__(self, seed: int):
        self.random, self.seed = random.Random(seed), seed

    def policies(self) -> list:
        return [self._policy(number) for number in range(self.random.randint(1, 4))]

    def calls(self, count: int) -> list:
        return [self._call() for _ in range(count)]

    def _policy(self, number: int) -> dict:
        choose = self.random
        space, labels = choose.choices(self.places, [6, 2, 2, 1, 1, 1])[0]
        action = choose.choices(["ALLOW", "DENY", "AUDIT"], [6, 5, 1])[0]
        spec = {} if action == "ALLOW" and choose.random() < 0.4 else {"action": action}
        if labels:
            spec["selector"] = {"matchLabels": labels}
        if action != "ALLOW" or choose.random() > 0.05:
            spec["rules"] = [self._rule() for _ in range(choose.choices([1, 2, 3], [4, 3, 1])[0])]
        metadata = {"name": f"p{number}-{self.seed}", "namespace": space}
        if choose.random() < 0.08:
            metadata["annotations"] = {"istio.io/dry-run": "true"}
        return {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": metadata, "spec": spec}

    def _rule(self) -> dict:
        choose, rule = self.random, {}
        if choose.random() < 0.03:
            return rule
        if choose.random() < 0.5:
            rule["from"] = [{"source": self._fields(_SOURCE)} for _ in range(choose.randint(1, 2))]
        if choose.random() < 0.5:
            rule["to"] = [{"operation": self._fields(self.operation)} for _ in range(choose.randint(1, 2))]
        if choose.random() < 0.55 or not rule:
            keys = choose.sample(sorted(self.conditions), choose.choices([1, 2], [4, 1])[0])
            rule["when"] = [{"key": key, **self._values("values", self.conditions[key])} for key in keys]
        return rule

    def _fields(self, all_fields: dict) -> dict:
        choose, said, first = self.random, {}, None
        for name in choose.sample(sorted(all_fields), choose.choices([1, 2], [3, 1])[0]):
            if said and "serviceAccounts" in (name, first):
                continue  # stands alone
            first = name
            said |= self._values(name, all_fields[name])
        return said

    def _values(self, name: str, values: list) -> dict:
        choose = self.random
        other = "not" + name[0].upper() + name[1:]
        some = choose.sample(values, min(len(values), choose.randint(1, 3)))
        kind = choose.choices(["plain", "not", "both"], [6, 3, 1])[0]
        if kind == "both":
            return {name: some, other: choose.sample(values, 1)}
        return {name if kind == "plain" else other: some}

    def _door(self) -> tuple:
        """Port, protocol and identity of a caller."""
        choose = self.random
        port = choose.choices(PORTS, [5, 2, 2, 2])[0]
        protocol = "tcp" if port == 9000 or (port != 8080 and choose.random() < 0.4) else "http"
        return port, protocol, choose.choice([None, None, *PRINCIPALS])

    def _call(self) -> Call:
        choose = self.random
        port, protocol, principal = self._door()
        headers = {}
        if choose.random() < 0.5:
            headers["x-color"] = choose.choice(
                ["red", "blue", "redder", "aXc", "a.c", ["green", "red"], "blue, green", ["red", "blue"],
                 "green,red,pink"]
            )  # fmt: skip
        if choose.random() < 0.3:
            headers["X-Forwarded-For"] = choose.choice(["192.0.2.7", "10.10.99.1, 192.0.2.9", "192.0.2.7, 10.10.98.3"])
        return Call(
            protocol, self.address, port, choose.choice(["10.10.99.1", "10.10.99.200", "10.10.98.3"]), principal,
            choose.choice(["", "web", "api.example.com"]) if principal else "",
            choose.choice(["GET", "GET", "POST", "PUT", "DELETE"]),
            choose.choice(["/", "/a", "/a/b", "/a/b/c", "/admin", "/a/../admin/x", "/x.html", "/x.html?y=/a", "/a/./b",
                           "//a", "/aXb", "/a.b", "/a/", "/A", "/a?b", "/b\\..\\a"]),
            choose.choice(["web", "Web", "web:8080", "web.", "api.example.com", "API.example.com:80", "other"]),
            headers,
        )  # fmt: skip


#: Of a gateway: HTTP and TCP in plaintext, HTTP and TCP by mutual TLS.
GATEWAY_PORTS = [8000, 8001, 8443, 9443]
GATEWAY_ADDRESS = "10.10.5.20"
_GATEWAY_PLACES = [("istio-system", {"app": "gate"}), ("istio-system", None), ("istio-system", {"app": "gate"}),
                   ("default", {"app": "gate"}), ("default", None), ("istio-system", {"app": "other"})]  # fmt: skip


class GatewayGenerator(Generator):
    """Of a gateway, whose ports say who speaks mutual TLS."""

    address, places = GATEWAY_ADDRESS, _GATEWAY_PLACES
    operation = {**_OPERATION, "ports": [str(one) for one in GATEWAY_PORTS]}
    conditions = {
        **_CONDITIONS, "destination.port": operation["ports"],
        "destination.ip": [GATEWAY_ADDRESS, "10.10.5.0/24", "10.10.4.0/24"],
    }  # fmt: skip

    def _door(self) -> tuple:
        port = self.random.choices(GATEWAY_PORTS, [4, 2, 4, 2])[0]
        secured = port in (8443, 9443)
        return port, "http" if port in (8000, 8443) else "tcp", self.random.choice(PRINCIPALS) if secured else None
