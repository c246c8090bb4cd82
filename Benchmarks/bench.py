"""`Benchmarks/run [PART...]`, all of them but the slow ones if none is named: see README.md beside this file."""
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# After the folder of this file: the tests have a package `cluster_api` too.
sys.path.insert(1, str(ROOT / "Tests" / "EndToEnd"))
os.environ.setdefault("MARTLET_BIN", str(ROOT / ".build-release" / "release"))

import authorization  # noqa: E402
import cluster_api  # noqa: E402
import config_swap  # noqa: E402
import control_plane  # noqa: E402
import mutual_tls  # noqa: E402
import pods  # noqa: E402
import proxies  # noqa: E402
import rotation  # noqa: E402
import scenarios  # noqa: E402

_COLUMNS = [
    ("scenario", "scenario", "{}"), ("engine", "engine", "{}"), ("connections", "conns", "{}"),
    ("cpu_us_per_request", "CPU us/req", "{:.1f}"), ("requests_per_s", "req/s", "{:,.0f}"),
    ("p50_ms", "p50 ms", "{:.2f}"), ("p99_ms", "p99 ms", "{:.2f}"), ("rss_mb", "RSS MB", "{:.1f}"),
    ("ratio_to_envoy", "ratio", "{:.2f}"), ("memory_per_client_kb", "KB/client", "{:.1f}"),
]  # fmt: skip
_NAMED = {key for key, _, _ in _COLUMNS}


def show(rows: list):
    table = [[title for _, title, _ in _COLUMNS]]
    for row in rows:
        table.append([
            "" if row.get(key) is None else form.format(row[key]) for key, _, form in _COLUMNS
        ])  # fmt: skip
    widths = [max(len(line[column]) for line in table) for column in range(len(_COLUMNS))]
    for line in table:
        print("  ".join(cell.ljust(width) if at < 2 else cell.rjust(width)
                        for at, (cell, width) in enumerate(zip(line, widths))).rstrip())  # fmt: skip
    for row in rows:
        if others := [f"{key} {value:g}" for key, value in row.items() if key not in _NAMED and value is not None]:
            print(f"{row['scenario']} {row['engine']}: {', '.join(others)}")


_PARTS = [
    "proxies", *scenarios.NAMES, "mutual-tls", "authorization-1000", "rotation", "config-swap", "control-plane", "cluster-api",
    "pods",
]  # fmt: skip


def main():
    # Only by name: over two minutes, and what its load waits for by itself comes near the target on a busy machine.
    wanted = sys.argv[1:] or [part for part in _PARTS if part not in ("config-swap", "rotation")]
    unknown = set(wanted) - set(_PARTS)
    if unknown:
        sys.exit(f"bench: unknown {sorted(unknown)}; there are {', '.join(_PARTS)}")
    rows = []
    if "proxies" in wanted:
        rows += proxies.measure()
    rows += proxies.measure_scenarios([name for name in scenarios.NAMES if name in wanted])
    if "mutual-tls" in wanted:
        rows += mutual_tls.measure()
    if "authorization-1000" in wanted:
        rows += authorization.measure()
    if "rotation" in wanted:
        rows += rotation.measure()
    if "config-swap" in wanted:
        rows += config_swap.measure()
    if "control-plane" in wanted:
        rows += control_plane.measure()
    if "cluster-api" in wanted:
        rows += cluster_api.measure()
    if "pods" in wanted:
        rows += pods.measure()
    target = ROOT / ".build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n")
    print()
    show(rows)
    print(f"\nwritten to {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
