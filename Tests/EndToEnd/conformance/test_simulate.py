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


def _is_signed_by_others(case) -> bool:
    """Who signs certificates and tokens is nothing that a simulation knows."""
    token = case.request.get("token")
    return bool((case.request.get("tls") or {}).get("authority")) or not isinstance(token, dict | None)


def _call(case) -> dict:
    request = case.request
    host = request.get("host")
    headers = {name: value if isinstance(value, list) else [str(value)] for name, value in
               request.get("headers", {}).items()}  # fmt: skip
    if host is not None:
        headers["Host"] = [host]
    call = {"tls": "plaintext"}
    if (tls := request.get("tls")) is not None:
        # What the harness offers when the table does not say.
        alpn = tls.get("alpn", ["istio-http/1.1", "istio", "http/1.1"])
        call = {"tls": "mtls" if tls.get("as") else "tls", "sourcePrincipal": tls.get("as"), "sni": tls.get("sni"),
                "alpn": ",".join([alpn] if isinstance(alpn, str) else alpn)}  # fmt: skip
    if case.mode != "outbound":
        call["sourceAddress"] = "10.10.99.1"
    if request.get("token") is not None:
        call["jwtClaims"] = request["token"]
    return {
        **call,
        "mode": case.mode, "address": request["address"], "port": request["port"],
        "method": request.get("method", "GET"), "path": request.get("path", "/"), "headers": headers,
        "protocol": request.get("protocol", "http"),
    }  # fmt: skip


def simulate(table, pod: str, cases: list, folder) -> list:
    config = folder / "config"
    config.mkdir()
    (config / "mesh.yaml").write_text(table.text)
    of = pods(list(yaml.safe_load_all(table.text)))[pod]
    namespace = of["metadata"].get("namespace", "default")
    metadata = proxy_metadata(of)
    if not table.identities:
        metadata["TLS_IDENTITY"] = "false"
    question = {
        "proxy": {
            "type": "router" if cases[0].mode == "gateway" else "sidecar", "id": pod, "ipAddresses": [of["status"]["podIP"]], "namespace": namespace,
            "dnsDomain": f"{namespace}.svc.cluster.local", "labels": of["metadata"].get("labels", {}), "metadata": metadata,
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

    explain = result["explain"]
    if expect.get("status") == "refused" and "error" not in expect:
        if not result.get("error") and explain.get("verdict") != "denied":
            found.append("expected to be refused")
    else:
        same("error", result.get("error") or "", expect.get("error", ""))
    found += _admission(case, expect, result)
    for key, field in [("virtualHost", "virtualHost"), ("listener", "listener"), ("route", "route"),
                       ("filterChain", "filterChain")]:  # fmt: skip
        if key in expect:
            same(key, result.get(field) or "", expect[key])
    if "cluster" in expect:
        same("cluster", result.get("cluster") or "none", expect["cluster"])
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
            if "tls" in seen:
                found += _tls(endpoint.get("tls"), seen["tls"])
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


def _admission(case, expect: dict, result: dict) -> list:
    """What authorization and tokens say."""
    explain, found = result["explain"], []
    verdict, told = explain.get("verdict"), explain.get("message")
    named = expect["upstream"] if isinstance(expect.get("upstream"), list) else [expect.get("upstream", "none")]
    named = [name for name in named if name != "none"]
    if verdict == "denied":
        if named:
            found.append(f"expected to reach {named}, but {told}")
        if isinstance(expect.get("status"), int) and expect["status"] < 400:
            found.append(f"expected status {expect['status']}, but {told}")
    elif verdict != "asked" and not result.get("error"):
        # What the servers themselves answer names them; who they are asked of by others is not simulated.
        denied = expect.get("status") in (401, 403) and explain.get("reason") != "fault"
        if denied and not named and explain.get("status") is None:
            found.append("expected to be denied")
        if case.file.identities and expect.get("reply") == "" and expect.get("closed"):
            found.append("expected a closed connection")
    if "details" in expect and explain.get("details") is not None:
        details = expect["details"] if isinstance(expect["details"], list) else [expect["details"]]
        if explain["details"] not in details:
            found.append(f"details: expected {details}, got {explain['details']!r}")
    if "body" in expect and explain.get("body") is not None and explain["body"] != expect["body"]:
        found.append(f"body: expected {expect['body']!r}, got {explain['body']!r}")
    return found


def _tls(got: dict | None, want) -> list:
    """How an endpoint would be spoken to."""
    if got is None or want == "none":
        return [] if got is None and want == "none" else [f"seen.tls: expected {want!r}, got {got!r}"]
    found = []
    if "sni" in want and want["sni"] != got["sni"]:
        found.append(f"seen.tls.sni: expected {want['sni']!r}, got {got['sni']!r}")
    if "alpn" in want and want["alpn"] not in got["alpn"]:
        found.append(f"seen.tls.alpn: expected {want['alpn']!r} among {got['alpn']!r}")
    if "peer" in want and bool(want["peer"]) != (got["mode"] == "mtls"):
        found.append(f"seen.tls.peer: expected {want['peer']!r}, got {got['mode']!r}")
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
        if case.pod == pod and not case.needs_sockets and not case.skipped_by("simulate") and not _is_signed_by_others(case)
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
