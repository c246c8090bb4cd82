"""The slowest request while 10,000 routes are replaced."""
import os
import statistics
import subprocess
import sys
import time
import urllib.request

import engines
import process_cost
import scenarios
from proxies import limits, parsed

#: 100 hosts with 100 routes each.
HOSTS, ROUTES = 100, 100
CONNECTIONS = 8
#: Times of the swaps within a run, seconds.
_SWAPS = [1.0, 3.5]
_SECONDS = 6

#: A pause before each request: the proxy is not busy, so that a slow answer is a stall and no queue.
_SCRIPT = """
local all, at = {{}}, 0
function init()
    for number = 0, {hosts} - 1 do
        all[number + 1] = wrk.format("GET", "/", {{["Host"] = "bench-" .. number .. ".default.svc.cluster.local"}})
    end
end
function request()
    at = at % #all + 1
    return all[at]
end
function delay() return 5 end
"""


def mesh(service_port: int, upstream_port: int) -> scenarios.Scenario:
    names = ["bench"] + [f"bench-{number}" for number in range(HOSTS)]
    documents = [
        scenarios.service(name, f"10.96.1.{at + 1}", service_port, upstream_port, ["127.0.0.1"])
        for at, name in enumerate(names)
    ]
    script = _SCRIPT.format(hosts=HOSTS)
    return scenarios.Scenario("config-swap-10000-routes", "\n---\n".join(documents), ["127.0.0.1"], script)


def _rules(first: int, mark: int) -> str:
    """Ten hosts' routes, all of them others than under the mark before."""
    documents = []
    for host in range(first, first + 10):
        lines = [
            f'  - match: [{{uri: {{exact: "/generation-{mark}"}}}}]\n    directResponse: {{status: 200}}\n'
        ]
        for number in range(ROUTES - 2):
            lines.append(
                f'  - match: [{{uri: {{prefix: "/api-{mark}/{number}/"}}, headers: {{x-mark: {{exact: "{mark}"}}}}}}]\n'
                f"    timeout: {number + mark + 1}s\n"
                f"    route: [{{destination: {{host: bench-{host}}}}}]\n"
            )
        lines.append(f"  - route: [{{destination: {{host: bench-{host}}}}}]\n")
        documents.append(scenarios.virtual_service(f"bench-{host}", "".join(lines)))
    return "\n---\n".join(documents)


def _swap(bench, mark: int):
    for first in range(0, HOSTS, 10):
        bench.control_plane.write(f"rules-{first}.yaml", _rules(first, mark))


def _is_served(port: int, mark: int) -> bool:
    host = f"bench-{HOSTS - 1}.default.svc.cluster.local"
    request = urllib.request.Request(f"http://127.0.0.1:{port}/generation-{mark}", headers={"Host": host})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=2) as answer:
            return len(answer.read()) == 0
    except OSError:
        return False


def _await(port: int, mark: int, since: float, seconds: float = 30) -> float:
    """Milliseconds from `since` until the routes of a mark are served."""
    while not _is_served(port, mark):
        if time.monotonic() > since + seconds:
            raise TimeoutError(f"routes {mark} are not served within {seconds} s")
        time.sleep(0.02)
    return (time.monotonic() - since) * 1000


class _Marks:
    """Every swap has a mark of its own."""

    def __init__(self):
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def _run(bench, script, proxy_port: int, load_port: int, pid: int, marks: _Marks) -> dict:
    """Load on one port while the proxy behind the other gets new routes; both are one but for the floor."""
    command = engines.LOAD_CPU + [
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{_SECONDS}s", "--latency", "-s", str(script),
        f"http://127.0.0.1:{load_port}/",
    ]  # fmt: skip
    started = time.monotonic()
    before = process_cost.cpu_ns(pid)
    load = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    applied = []
    try:
        for at in _SWAPS:
            time.sleep(max(0.0, started + at - time.monotonic()))
            mark, since = marks.next(), time.monotonic()
            _swap(bench, mark)
            applied.append(_await(proxy_port, mark, since))
        text, _ = load.communicate(timeout=_SECONDS + 30)
    finally:
        if load.poll() is None:
            load.kill()
    sample = parsed(text, load.returncode, CONNECTIONS)
    sample["cpu_us_per_request"] = (process_cost.cpu_ns(pid) - before) / 1000 / max(1, sample["requests"])
    sample["applied_ms"] = statistics.median(applied)
    return sample


def measure() -> list:
    _, rounds = limits()
    # The control plane makes 10,000 routes on the CPU of wrk and the server, and gives way to both.
    bench = engines.Bench(mesh, engines.LOAD_CPU + ["nice", "-n", "10"])
    samples = {}
    try:
        script = bench.scratch.folder("wrk") / "requests.lua"
        script.write_text(bench.scenario.script)
        os.sched_setaffinity(0, {1} if engines.LOAD_CPU else {0})
        marks = _Marks()
        for number in range(rounds):
            order = ["martlet", "envoy"] if number % 2 == 0 else ["envoy", "martlet"]
            for engine in order:
                port, pid, stop = bench.start(engine)
                try:
                    mark = marks.next()
                    _swap(bench, mark)
                    _await(port, mark, time.monotonic(), 60)
                    runs = [(engine, port)]
                    if engine == "martlet":
                        # What the load alone makes of it: the same, past the proxy.
                        runs.append(("none", bench.upstream))
                    for name, load_port in runs:
                        sample = _run(bench, script, port, load_port, pid, marks)
                        sample["rss_mb"] = process_cost.peak_rss_mb(pid)
                        samples.setdefault(name, []).append(sample)
                        print(
                            f"{bench.scenario.name} round {number + 1}/{rounds} {name:8} slowest "
                            f"{sample['slowest_ms']:.2f} ms p99 {sample['p99_ms']:.2f} ms, served after "
                            f"{sample['applied_ms']:.0f} ms",
                            file=sys.stderr,
                        )
                finally:
                    stop()
    finally:
        bench.close()
    return [_row(bench.scenario.name, engine, samples[engine]) for engine in ("martlet", "envoy", "none")]


def _row(scenario: str, engine: str, samples: list) -> dict:
    row = {"scenario": scenario, "engine": engine, "connections": CONNECTIONS}
    for key in ("cpu_us_per_request", "requests_per_s", "p50_ms", "p99_ms", "rss_mb"):
        row[key] = round(statistics.median(sample[key] for sample in samples), 3)
    row["ratio_to_envoy"] = None
    row["slowest_ms"] = round(max(sample["slowest_ms"] for sample in samples), 3)
    row["slowest_median_ms"] = round(statistics.median(sample["slowest_ms"] for sample in samples), 3)
    row["served_after_ms"] = round(statistics.median(sample["applied_ms"] for sample in samples), 1)
    if engine == "none":
        for key in ("cpu_us_per_request", "rss_mb", "served_after_ms"):
            row[key] = None
    return row
