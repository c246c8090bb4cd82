"""Every case of the table through `martlet simulate --request -`: one call of the program for each pod of a file."""
import json
import subprocess

import pytest
import yaml

from harness.programs import program
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
            "dnsDomain": f"{namespace}.svc.cluster.local", "labels": of["metadata"].get("labels", {}), "metadata": {},
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
    if "clusters" in expect and not expect["clusters"].get(result.get("cluster")):
        found.append(f"cluster: expected one of {expect['clusters']}, got {result.get('cluster')!r}")
    return found


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
