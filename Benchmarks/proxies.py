"""Rounds over the engines with wrk."""
import os
import re
import statistics
import subprocess
import sys

import engines
import process_cost

ENGINES = ["martlet", "envoy", "haproxy", "nginx"]
CONNECTIONS = [1, 32, 256]

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * _UNITS[unit]


def wrk(port: int, connections: int, seconds: float) -> dict:
    command = engines.LOAD_CPU + [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-H", f"Host: {engines.HOST}",
        f"http://127.0.0.1:{port}/",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    text = done.stdout
    if done.returncode != 0 or "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk, {connections} connections: not every answer is 2xx\n{text}{done.stderr}")
    return {
        "requests": int(re.search(r"(\d+) requests in", text).group(1)),
        "requests_per_s": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "p50_ms": _milliseconds(re.search(r"(?m)^\s+50%\s+(\S+)", text).group(1)),
        "p99_ms": _milliseconds(re.search(r"(?m)^\s+99%\s+(\S+)", text).group(1)),
    }


def measure() -> list:
    seconds = max(1, int(os.environ.get("BENCH_SECONDS", "3")))
    rounds = max(1, int(os.environ.get("BENCH_ROUNDS", "5")))
    samples = {}
    bench = engines.Bench()
    try:
        for number in range(rounds):
            turn = number % len(ENGINES)
            for engine in ENGINES[turn:] + ENGINES[:turn]:
                port, pid, stop = bench.start(engine)
                try:
                    wrk(port, 32, 1)
                    for connections in CONNECTIONS:
                        before = process_cost.cpu_ns(pid)
                        sample = wrk(port, connections, seconds)
                        spent = process_cost.cpu_ns(pid) - before
                        sample["cpu_us_per_request"] = spent / 1000 / max(1, sample["requests"])
                        samples.setdefault((engine, connections), []).append(sample)
                        print(
                            f"round {number + 1}/{rounds} {engine:8} {connections:4} connections "
                            f"{sample['cpu_us_per_request']:7.2f} us/request {sample['requests_per_s']:9.0f}/s "
                            f"p99 {sample['p99_ms']:.2f} ms",
                            file=sys.stderr,
                        )
                    rss = process_cost.peak_rss_mb(pid)
                    for connections in CONNECTIONS:
                        samples[engine, connections][-1]["rss_mb"] = rss
                finally:
                    stop()
    finally:
        bench.close()
    return [_row(engine, connections, samples) for connections in CONNECTIONS for engine in ENGINES]


def _row(engine: str, connections: int, samples: dict) -> dict:
    mine, envoys = samples[engine, connections], samples["envoy", connections]
    row = {"scenario": "http1-keepalive-1kb", "engine": engine, "connections": connections}
    for key in ("cpu_us_per_request", "requests_per_s", "p50_ms", "p99_ms", "rss_mb"):
        row[key] = round(statistics.median(sample[key] for sample in mine), 3)
    row["ratio_to_envoy"] = round(
        statistics.median(
            one["cpu_us_per_request"] / other["cpu_us_per_request"] for one, other in zip(mine, envoys)
        ),
        3,
    )
    return row
