"""Who may call, by Istio's documentation of AuthorizationPolicy alone: a third opinion beside the two engines.

Where the mesh is stricter than Istio it says so here: a value that refuses takes in every way to write it (an element
of a header with several, the trailing dot of a host), one that admits only the plain one.
"""
import ipaddress
import posixpath
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """What the workload's proxy knows of a caller and of what it asks for."""

    protocol: str
    address: str
    port: int
    source: str
    #: identity by mutual TLS, None in plaintext
    principal: str | None = None
    sni: str = ""
    method: str = "GET"
    path: str = "/"
    host: str = "web"
    headers: dict = field(default_factory=dict, hash=False)

    def values(self, name: str) -> list:
        value = self.headers.get(name, [])
        return value if isinstance(value, list) else [value]


def written(pattern: str, text: str | None) -> bool:
    """`*` any text but none, `begin*`, `*end`, or the text itself."""
    if not text:
        return False
    if pattern == "*":
        return True
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def within(block: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False)


class Mesh:
    """`labels` are those of the called workload of `namespace`; `domains` are the mesh's names for itself.

    Of a header in several lines Martlet's engine is let in by all of them only, Envoy (since 1.38) by any of them.
    An edge believes nobody who says that he calls for another.
    """

    def __init__(self, namespace: str, labels: dict, domains: list, admits_by_every_line: bool = True,
                 is_edge: bool = False):  # fmt: skip
        self.is_edge = is_edge
        self.namespace, self.labels, self.domains, self.root = namespace, labels, domains, "istio-system"
        self.admits_by_every_line = admits_by_every_line

    def allows(self, policies: list, call: Call) -> bool:
        enforced = [one for one in policies if self._concerns(one) and not _is_tried(one)]
        by = {
            action: [one for one in enforced if one["spec"].get("action", "ALLOW") == action]
            for action in ("DENY", "ALLOW")
        }
        if any(_Policy(self, one, call).matches() for one in by["DENY"]):
            return False
        return not by["ALLOW"] or any(_Policy(self, one, call).matches() for one in by["ALLOW"])

    def _concerns(self, policy: dict) -> bool:
        if policy["metadata"]["namespace"] not in (self.namespace, self.root):
            return False
        wanted = policy["spec"].get("selector", {}).get("matchLabels", {})
        return all(self.labels.get(name) == value for name, value in wanted.items())


def _is_tried(policy: dict) -> bool:
    return policy["metadata"].get("annotations", {}).get("istio.io/dry-run") == "true"


class _Policy:
    """One policy and one call."""

    def __init__(self, mesh: Mesh, policy: dict, call: Call):
        self.mesh, self.call, self.spec = mesh, call, policy["spec"]
        self.own = policy["metadata"]["namespace"]
        self.admits = self.spec.get("action", "ALLOW") == "ALLOW"
        parts = (call.principal or "///").split("/")
        self.domain, self.space, self.account = parts[0], parts[2], parts[-1]

    def matches(self) -> bool:
        return any(self._rule(rule) for rule in self.spec.get("rules", []))

    def _rule(self, rule: dict) -> bool:
        sources = [one["source"] for one in rule.get("from", [])]
        operations = [one["operation"] for one in rule.get("to", [])]
        conditions = [({"values": one.get("values"), "notValues": one.get("notValues")}, one["key"])
                      for one in rule.get("when", [])]  # fmt: skip
        if self.call.protocol == "tcp":
            asks = [name for one in sources + operations for name in one] + [key for _, key in conditions]
            if self.admits and any(map(_is_http, asks)):
                return False  # what cannot be told is not allowed ...
        # ... and not spared either: other policies lose their fields of HTTP on connections.
        return (
            (not sources or any(map(self._fields, sources)))
            and (not operations or any(map(self._fields, operations)))
            and all(self._pair(key, one["values"], one["notValues"]) for one, key in conditions)
        )

    def _fields(self, said: dict) -> bool:
        plain = {name[3:4].lower() + name[4:] if name.startswith("not") else name for name in said}
        return all(
            self._pair(name, said.get(name), said.get("not" + name[0].upper() + name[1:])) for name in plain
        )

    def _pair(self, name: str, values: list | None, others: list | None) -> bool:
        if self.call.protocol == "tcp" and _is_http(name):
            return True
        if values and not any(self._one(name, value, refuses=not self.admits) for value in values):
            return False
        return not any(self._one(name, value, refuses=self.admits) for value in others or [])

    def _one(self, name: str, value: str, refuses: bool) -> bool:
        call = self.call
        match name:
            case "principals" | "source.principal":
                return any(written(one, call.principal) for one in self._names(value))
            case "namespaces" | "source.namespace":
                return written(value, self.space)
            case "serviceAccounts" | "source.serviceAccount":
                space, account = value.split("/") if "/" in value else (self.own, value)
                return (self.space, self.account) == (space, account)
            case "trustDomains":
                same = self.mesh.domains if value in self.mesh.domains else [value]
                return any(written(one, self.domain) for one in same)
            case "ipBlocks" | "source.ip":
                return within(value, call.source)
            case "remoteIpBlocks" | "remote.ip":
                told = call.protocol == "http" and not self.mesh.is_edge
                forwarded = ",".join(call.values("X-Forwarded-For")) if told else ""
                return within(value, forwarded.split(",")[-1].strip() or call.source)
            case "hosts":
                return _host(value.lower(), call.host.lower(), refuses)
            case "methods":
                return written(value, call.method)
            case "paths":
                return _path(value, call.path)
            case "ports" | "destination.port":
                return int(value) == call.port
            case "destination.ip":
                return within(value, call.address)
            case "connection.sni":
                return written(value, call.sni if call.principal else "")
        if name.startswith("request.headers["):
            lines = call.values(name[16:-1])
            if refuses:
                return any(written(value, one) for line in lines for one in [line, *map(str.strip, line.split(","))])
            all_or_any = all if self.mesh.admits_by_every_line else any
            return bool(lines) and all_or_any(written(value, line) for line in lines)
        return False  # requestPrincipals, request.auth: nobody shows a token here

    def _names(self, principal: str) -> list:
        """A whole identity of the mesh holds under each of its names; `cluster.local` is always the mesh's own."""
        domain, *rest = principal.split("/")
        if len(rest) == 4 and domain in [*self.mesh.domains, "cluster.local"]:
            return ["/".join([one, *rest]) for one in self.mesh.domains]
        return [principal]


def _is_http(name: str) -> bool:
    name = name[3:4].lower() + name[4:] if name.startswith("not") else name
    return name in ("requestPrincipals", "hosts", "methods", "paths") or name.startswith("request.")


def _host(pattern: str, host: str, refuses: bool) -> bool:
    spellings = [host]
    if ":" not in pattern and not (pattern.endswith("*")):
        spellings.append(host.rsplit(":", 1)[0])
        if refuses:
            spellings += [one.rstrip(".") for one in spellings]
    return any(written(pattern, one) for one in spellings)


def _path(pattern: str, path: str) -> bool:
    path = canonical(path)
    if "{" not in pattern:
        return written(pattern, path)
    segments = {"{*}": "[^/]+", "{**}": ".*"}
    return re.fullmatch("/".join(segments.get(one, re.escape(one)) for one in pattern.split("/")), path) is not None


def canonical(path: str) -> str:
    """BASE normalization: no query, dot segments resolved, backslashes are slashes; two slashes stay two."""
    path = path.split("?")[0].replace("\\", "/")
    if "//" in path:
        return path
    whole = posixpath.normpath(path)
    return whole + "/" if path.endswith(("/", "/.", "/..")) and whole != "/" else whole
