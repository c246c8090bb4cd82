"""Rounds over the engines with wrk."""
import os
import re
import statistics
import subprocess
import sys
from functools import partial

import engines
import process_cost
import scenarios

ENGINES = ["martlet", "envoy", "haproxy", "nginx"]
CONNECTIONS = [1, 32, 256]

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * _UNITS[unit]


def wrk(port: int, connections: int, seconds: float, script=None) -> dict:
    command = engines.LOAD_CPU + [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-H", f"Host: {engines.HOST}",
        *(["-s", str(script)] if script else []), f"http://127.0.0.1:{port}/",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    return parsed(done.stdout + done.stderr, done.returncode, connections)


def parsed(text: str, status: int, connections: int) -> dict:
    """What wrk says; an error unless every answer was 2xx."""
    if status != 0 or "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk, {connections} connections: not every answer is 2xx\n{text}")
    return {
        "requests": int(re.search(r"(\d+) requests in", text).group(1)),
        "requests_per_s": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "p50_ms": _milliseconds(re.search(r"(?m)^\s+50%\s+(\S+)", text).group(1)),
        "p99_ms": _milliseconds(re.search(r"(?m)^\s+99%\s+(\S+)", text).group(1)),
        "slowest_ms": _milliseconds(re.search(r"(?m)^\s+Latency\s+\S+\s+\S+\s+(\S+)", text).group(1)),
    }


def limits() -> tuple:
    """Seconds of one measurement, and rounds."""
    seconds = max(1, int(os.environ.get("BENCH_SECONDS", "3")))
    return seconds, max(1, int(os.environ.get("BENCH_ROUNDS", "5")))


def measure() -> list:
    return _compare("http1-keepalive-1kb", ENGINES, CONNECTIONS, engines.Bench)


def measure_scenarios(names: list) -> list:
    """martlet and Envoy, with a mesh that makes them work harder."""
    rows = []
    for name in names:
        rows += _compare(name, ["martlet", "envoy"], [32], lambda: engines.Bench(partial(scenarios.scenario, name)))
    return rows


def _compare(scenario: str, compared: list, counts: list, make) -> list:
    seconds, rounds = limits()
    samples = {}
    bench = make()
    script = None
    try:
        if bench.scenario:
            script = bench.scratch.folder("wrk") / "requests.lua"
            script.write_text(bench.scenario.script)
        for number in range(rounds):
            turn = number % len(compared)
            for engine in compared[turn:] + compared[:turn]:
                port, pid, stop = bench.start(engine)
                try:
                    wrk(port, 32, 1, script)
                    for connections in counts:
                        before = process_cost.cpu_ns(pid)
                        sample = wrk(port, connections, seconds, script)
                        spent = process_cost.cpu_ns(pid) - before
                        sample["cpu_us_per_request"] = spent / 1000 / max(1, sample["requests"])
                        samples.setdefault((engine, connections), []).append(sample)
                        print(
                            f"{scenario} round {number + 1}/{rounds} {engine:8} {connections:4} connections "
                            f"{sample['cpu_us_per_request']:7.2f} us/request {sample['requests_per_s']:9.0f}/s "
                            f"p99 {sample['p99_ms']:.2f} ms",
                            file=sys.stderr,
                        )
                    rss = process_cost.peak_rss_mb(pid)
                    for connections in counts:
                        samples[engine, connections][-1]["rss_mb"] = rss
                finally:
                    stop()
    finally:
        bench.close()
    return [_row(scenario, engine, connections, samples) for connections in counts for engine in compared]


def _row(scenario: str, engine: str, connections: int, samples: dict) -> dict:
    mine, envoys = samples[engine, connections], samples["envoy", connections]
    row = {"scenario": scenario, "engine": engine, "connections": connections}
    for key in ("cpu_us_per_request", "requests_per_s", "p50_ms", "p99_ms", "rss_mb"):
        row[key] = round(statistics.median(sample[key] for sample in mine), 3)
    row["ratio_to_envoy"] = round(
        statistics.median(
            one["cpu_us_per_request"] / other["cpu_us_per_request"] for one, other in zip(mine, envoys)
        ),
        3,
    )
    return row
