"""Reads the table: Tests/Fixtures/conformance/README.md says what a file may hold."""
import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from harness.tokens import jwks_text

FIXTURES = Path(__file__).resolve().parents[2] / "Fixtures" / "conformance"

_FILE_KEYS = {"description", "sec", "include", "config", "mesh", "servers", "names", "identities", "defaults", "cases"}
_DEFAULT_KEYS = {"from", "mode", "address", "port", "host", "method", "path", "headers", "protocol", "tls"}
_SERVER_KEYS = {"name", "address", "ports", "tries", "headers", "lost", "tls"}
_CASE_KEYS = {
    "name", "sec", "from", "mode", "request", "times", "concurrent", "pauseMs", "warmUp", "expect", "deviations",
}  # fmt: skip
_REQUEST_KEYS = {
    "address", "port", "protocol", "method", "path", "host", "headers", "body", "chunked", "bodyBytes", "raw",
    "tls", "token", "tokenAs",
}  # fmt: skip
_TOKEN_AS_KEYS = {"key", "header", "in", "prefix"}
_TLS_KEYS = {"as", "authority", "alpn", "sni", "version"}
_EXPECT_KEYS = {
    "status", "statuses", "upstream", "upstreams", "cluster", "clusters", "route", "virtualHost", "listener",
    "filterChain", "error", "flags", "details", "seen", "headers", "body", "closed", "reply", "atLeastMs", "atMostMs",
    "answers", "slow", "reached", "reachedPercent", "tries", "connections", "got", "counters",
}  # fmt: skip
_ANSWER_KEYS = {"count", "percent", "headers", "body", "flags", "details"}
_SEEN_KEYS = {"method", "path", "host", "body", "bodyBytes", "headers", "tls"}
_ENGINES = {"envoy", "swift", "simulate"}


@dataclass
class Case:
    file: "Table"
    name: str
    #: rows of Documentation/Hardening.md that it shows
    sec: tuple
    pod: str
    mode: str
    request: dict
    times: int
    #: requests under way at once; 0: one after the other
    concurrent: int
    #: between one request, or one group of concurrent ones, and the next
    pause_ms: int
    #: requests before anything is looked at
    warm_up: int
    expect: dict
    deviations: dict

    def expected_of(self, engine: str) -> dict:
        return {**self.expect, **self.deviations.get(engine, {}).get("expect", {})}

    def skipped_by(self, engine: str) -> str | None:
        deviation = self.deviations.get(engine, {})
        return deviation["why"] if deviation.get("skip") else None

    @property
    def needs_sockets(self) -> bool:
        return "raw" in self.request


class Table:
    def __init__(self, path: Path):
        self.name = path.stem
        self.data = yaml.safe_load(path.read_text())
        _known(self.data, _FILE_KEYS, path.name)
        _known(self.data.get("defaults", {}), _DEFAULT_KEYS, f"{path.name} defaults")
        self.mesh = self.data.get("mesh", {})
        self.servers = self.data.get("servers", [])
        #: what DNS says, NAME -> addresses
        self.names = self.data.get("names", {})
        #: whether its pods have identities of the mesh
        self.identities = self.data.get("identities", False)
        for server in self.servers:
            _known(server, _SERVER_KEYS, f"{path.name} servers")
        self.cases = [self._case(case) for case in self.data["cases"]]
        names = [case.name for case in self.cases]
        assert len(set(names)) == len(names), f"{path.name}: two cases of one name"

    @cached_property
    def text(self) -> str:
        parts = [(FIXTURES / name).read_text() for name in self.data.get("include", [])]
        parts.append(self.data.get("config", ""))
        return "\n---\n".join(part for part in parts if part.strip()).replace("{{jwks}}", jwks_text())

    def _case(self, case: dict) -> Case:
        where = f"{self.name}: {case.get('name')}"
        _known(case, _CASE_KEYS, where)
        _known(case.get("request", {}), _REQUEST_KEYS, where)
        _expectation(case["expect"], where)
        deviations = copy.deepcopy(case.get("deviations", {}))
        _known(deviations, _ENGINES, where)
        for engine, deviation in deviations.items():
            assert deviation.get("why"), f"{where}: the deviation of {engine} does not say why"
            _known(deviation, {"why", "skip", "expect"}, where)
            _expectation(deviation.get("expect", {}), where)
        defaults = self.data.get("defaults", {})
        request = {key: value for key, value in defaults.items() if key not in ("from", "mode")}
        request.update(case.get("request", {}))
        _known(request.get("tls") or {}, _TLS_KEYS, where)
        _known(request.get("tokenAs", {}), _TOKEN_AS_KEYS, where)
        request["headers"] = {name: _value(value) for name, value in request.get("headers", {}).items()}
        concurrent = case.get("concurrent", 0)
        times = case.get("times", concurrent or (1000 if _is_statistical(case["expect"]) else 1))
        assert not concurrent or times % concurrent == 0, f"{where}: times is no multiple of concurrent"
        return Case(
            self,
            case["name"],
            rows(case.get("sec", self.data.get("sec"))),
            case.get("from", defaults.get("from")),
            case.get("mode", defaults.get("mode", "outbound")),
            request,
            times,
            concurrent,
            case.get("pauseMs", 0),
            case.get("warmUp", 0),
            case["expect"],
            deviations,
        )


def rows(value) -> tuple:
    """`sec` is a number or a list of them."""
    return tuple(value) if isinstance(value, list) else () if value is None else (value,)


def _value(value):
    """Large values are written as {repeat, times}."""
    return value["repeat"] * value["times"] if isinstance(value, dict) else value


def _expectation(expect: dict, where: str):
    _known(expect, _EXPECT_KEYS, where)
    for seen in [expect.get("seen", {}), *expect.get("got", {}).values()]:
        _known(seen, _SEEN_KEYS, where)
    for answer in expect.get("answers", {}).values():
        _known(answer, _ANSWER_KEYS, where)
    _known(expect.get("slow", {}), {"ms", "percent"}, where)


def _is_statistical(expect: dict) -> bool:
    if any("percent" in answer for answer in expect.get("answers", {}).values()):
        return True
    return bool({"upstreams", "clusters", "reachedPercent", "slow"} & set(expect))


def _known(value: dict, keys: set, where: str):
    unknown = set(value) - keys
    assert not unknown, f"{where}: unknown {sorted(unknown)}"


def tables() -> list:
    return [Table(path) for path in sorted(FIXTURES.glob("*.yaml"))]
