"""A thousand connected proxies all hear of a change, and soon."""
import os
import sys

from harness.programs import ROOT

sys.path.append(str(ROOT / "Benchmarks"))

import control_plane  # noqa: E402

#: Milliseconds until the last ACK; the clients are Python on the same two CPUs, so this is no measurement.
LIMIT = 10_000


def test_a_thousand_clients_acknowledge_a_change(monkeypatch):
    monkeypatch.setenv("BENCH_CLIENTS", os.environ.get("MARTLET_CLIENTS", "1000"))
    monkeypatch.setenv("BENCH_ROUNDS", "1")
    affinity = os.sched_getaffinity(0)
    try:
        rows = control_plane.measure()
    finally:
        os.sched_setaffinity(0, affinity)
    assert {row["scenario"] for row in rows} == {"control-plane-virtualservice", "control-plane-endpoints"}
    for row in rows:
        assert row["p99_ms"] < LIMIT, row
