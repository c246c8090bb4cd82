"""Reads the table: Tests/Fixtures/conformance/README.md says what a file may hold."""
import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

FIXTURES = Path(__file__).resolve().parents[2] / "Fixtures" / "conformance"

_FILE_KEYS = {"description", "include", "config", "mesh", "servers", "defaults", "cases"}
_DEFAULT_KEYS = {"from", "mode", "address", "port", "host", "method", "path", "headers", "protocol"}
_CASE_KEYS = {"name", "from", "mode", "request", "times", "expect", "deviations"}
_REQUEST_KEYS = {
    "address", "port", "protocol", "method", "path", "host", "headers", "body", "chunked", "bodyBytes", "raw",
}  # fmt: skip
_EXPECT_KEYS = {
    "status", "statuses", "upstream", "upstreams", "cluster", "clusters", "route", "virtualHost", "listener",
    "filterChain", "error", "flags", "details", "seen", "headers", "body", "closed", "reply", "atLeastMs", "atMostMs",
}  # fmt: skip
_SEEN_KEYS = {"method", "path", "host", "body", "bodyBytes", "headers"}
_ENGINES = {"envoy", "swift", "simulate"}


@dataclass
class Case:
    file: "Table"
    name: str
    pod: str
    mode: str
    request: dict
    times: int
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
        self.cases = [self._case(case) for case in self.data["cases"]]
        names = [case.name for case in self.cases]
        assert len(set(names)) == len(names), f"{path.name}: two cases of one name"

    @cached_property
    def text(self) -> str:
        parts = [(FIXTURES / name).read_text() for name in self.data.get("include", [])]
        parts.append(self.data.get("config", ""))
        return "\n---\n".join(part for part in parts if part.strip())

    def _case(self, case: dict) -> Case:
        where = f"{self.name}: {case.get('name')}"
        _known(case, _CASE_KEYS, where)
        _known(case.get("request", {}), _REQUEST_KEYS, where)
        _known(case["expect"], _EXPECT_KEYS, where)
        _known(case["expect"].get("seen", {}), _SEEN_KEYS, where)
        deviations = copy.deepcopy(case.get("deviations", {}))
        _known(deviations, _ENGINES, where)
        for engine, deviation in deviations.items():
            assert deviation.get("why"), f"{where}: the deviation of {engine} does not say why"
            _known(deviation, {"why", "skip", "expect"}, where)
            _known(deviation.get("expect", {}), _EXPECT_KEYS, where)
        defaults = self.data.get("defaults", {})
        request = {key: value for key, value in defaults.items() if key not in ("from", "mode")}
        request.update(case.get("request", {}))
        request["headers"] = {name: _value(value) for name, value in request.get("headers", {}).items()}
        shares = "upstreams" in case["expect"] or "clusters" in case["expect"]
        return Case(
            self,
            case["name"],
            case.get("from", defaults.get("from")),
            case.get("mode", defaults.get("mode", "outbound")),
            request,
            case.get("times", 1000 if shares else 1),
            case["expect"],
            deviations,
        )


def _value(value):
    """Large values are written as {repeat, times}."""
    return value["repeat"] * value["times"] if isinstance(value, dict) else value


def _known(value: dict, keys: set, where: str):
    unknown = set(value) - keys
    assert not unknown, f"{where}: unknown {sorted(unknown)}"


def tables() -> list:
    return [Table(path) for path in sorted(FIXTURES.glob("*.yaml"))]
