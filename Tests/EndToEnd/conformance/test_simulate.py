"""Every case of the table through `martlet simulate --request -`: one call of the program for each pod of a file."""
import json
import subprocess
from collections import Counter

import pytest
import yaml

from harness.programs import program
from harness.sidecar import proxy_metadata
from harness.world import pods

from .table import tables

_GROUPS = [
    pytest.param(table, pod, id=f"{table.name}-{pod}")
    for table in tables()
    for pod in dict.fromkeys(case.pod for case in table.cases)
]


def _call(case) -> dict:
    request = case.request
    host = request.get("host")
    headers = {name: value if isinstance(value, list) else [str(value)] for name, value in
               request.get("headers", {}).items()}  # fmt: skip
    if host is not None:
        headers["Host"] = [host]
    return {
        "mode": case.mode, "address": request["address"], "port": request["port"], "tls": "plaintext",
        "method": request.get("method", "GET"), "path": request.get("path", "/"), "headers": headers,
        "protocol": request.get("protocol", "http"),
    }  # fmt: skip


def simulate(table, pod: str, cases: list, folder) -> list:
    config = folder / "config"
    config.mkdir()
    (config / "mesh.yaml").write_text(table.text)
    of = pods(list(yaml.safe_load_all(table.text)))[pod]
    namespace = of["metadata"].get("namespace", "default")
    question = {
        "proxy": {
            "type": "router" if cases[0].mode == "gateway" else "sidecar", "id": pod, "ipAddresses": [of["status"]["podIP"]], "namespace": namespace,
            "dnsDomain": f"{namespace}.svc.cluster.local", "labels": of["metadata"].get("labels", {}), "metadata": proxy_metadata(of),
        },
        "mesh": table.mesh, "calls": [_call(case) for case in cases],
    }  # fmt: skip
    done = subprocess.run(
        [program("martlet"), "simulate", "-f", config, "--request", "-"],
        input=json.dumps(question), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"martlet simulate ended with {done.returncode}: {done.stderr[-2000:]}"
    results = json.loads(done.stdout)["results"]
    assert len(results) == len(cases)
    return results


def differences(case, result: dict) -> list:
    expect = case.expected_of("simulate")
    found = []

    def same(key, got, want):
        if got != want:
            found.append(f"{key}: expected {want!r}, got {got!r}")

    same("error", result.get("error") or "", expect.get("error", ""))
    for key, field in [("virtualHost", "virtualHost"), ("listener", "listener"), ("route", "route"),
                       ("filterChain", "filterChain")]:  # fmt: skip
        if key in expect:
            same(key, result.get(field) or "", expect[key])
    if "cluster" in expect:
        same("cluster", result.get("cluster") or "none", expect["cluster"])
    explain = result["explain"]
    status = explain.get("status")
    if status is not None and "status" in expect:
        same("status", status, expect["status"])
    seen = expect.get("seen", {})
    for key, field in [("path", "upstreamPath"), ("host", "upstreamHost")]:
        if key in seen:
            same(f"seen.{key}", explain.get(field), seen[key])
    found += _headers("seen.headers", explain["requestHeaders"], seen.get("headers", {}))
    found += _headers("headers", explain["responseHeaders"], expect.get("headers", {}))
    destinations, servers = Counter(), Counter()
    for destination in explain["destinations"]:
        destinations[destination["cluster"]] += destination["share"]
        for endpoint in destination["endpoints"]:
            behind = _servers(case.file, endpoint)
            for server in behind:
                servers[server] += endpoint["share"] / len(behind)
    found += _shares("clusters", destinations, expect.get("clusters", {}))
    found += _shares("upstreams", servers, expect.get("upstreams", {}))
    if "upstream" in expect:
        named = expect["upstream"] if isinstance(expect["upstream"], list) else [expect["upstream"]]
        # That nobody answered may be the doing of the servers, which are not simulated.
        if named != ["none"] and servers and not any(servers[name] for name in named):
            found.append(f"upstream: expected one of {named}, got {sorted(servers)}")
    return found


def _servers(table, endpoint: dict) -> list:
    """The servers behind an endpoint, as the table names them: as many as its name has addresses."""
    host = endpoint["address"].rsplit(":", 1)[0]
    named = {one["address"]: one["name"] for one in table.servers}
    return [
        named.get(address) or endpoint["workload"].split(".")[0] or address
        for address in table.names.get(host, [host])
    ]


def _headers(key: str, got: dict, want: dict) -> list:
    """Compares the headers that the route sets; the others are the proxy's, and the upstream's own come first."""
    found = []
    for name, values in want.items():
        value = got.get(name.lower())
        wanted = ",".join(str(one) for one in (values if isinstance(values, list) else [values]))
        if value is not None and wanted != "present" and not wanted.endswith(value):
            found.append(f"{key} {name}: expected {wanted!r}, got {value!r}")
    return found


def _shares(key: str, got: Counter, want: dict) -> list:
    total = sum(want.values())
    return [
        f"{key}: expected {weight / total:.2f} for {name}, got {got[name]:.2f}"
        for name, weight in want.items()
        if abs(got[name] - weight / total) >= 0.02
    ]


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_every_object_of_the_table_is_accepted(table, tmp_path):
    """One that is refused would leave its cases to whatever the mesh does without it."""
    file = tmp_path / "mesh.yaml"
    file.write_text(table.text)
    done = subprocess.run([program("martlet"), "validate", "-f", file], capture_output=True, text=True, timeout=60)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if " error: " in line]
    assert done.returncode == 0 and not errors, "\n".join(errors)


@pytest.mark.parametrize(("table", "pod"), _GROUPS)
def test_simulate(table, pod, tmp_path):
    cases = [
        case for case in table.cases
        if case.pod == pod and not case.needs_sockets and not case.skipped_by("simulate")
    ]  # fmt: skip
    if not cases:
        pytest.skip("every case needs sockets")
    report = []
    for case, result in zip(cases, simulate(table, pod, cases, tmp_path)):
        for line in differences(case, result):
            report.append(f"{table.name}.yaml, case {case.name!r}, simulate: {line}")
    if report:
        pytest.fail("\n".join(report), pytrace=False)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("{", "not valid JSON"),
        ('{"proxy": {"type": "waypoint"}}', "must be sidecar or router"),
        ('{"proxy": {}, "calls": [{"mode": "sideways"}]}', "calls.[0].mode"),
        ('{"proxy": {}, "calls": [{"port": "x"}]}', "calls.[0].port"),
        ('{"proxy": {"ipAddresses": ["999.1"]}, "calls": [{}]}', '"999.1"'),
        ('{"proxy": {}, "mesh": {"accessLogFil": 1}, "calls": [{}]}', 'did you mean "accessLogFile"?'),
    ],
)
def test_a_request_that_is_not_understood_says_why(question, named, tmp_path):
    done = subprocess.run(
        [program("martlet"), "simulate", "-f", tmp_path, "--request", "-"],
        input=question, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stdout == ""
    assert named in done.stderr
