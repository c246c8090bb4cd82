"""Writes Scripts/hot-functions.txt: the functions that a request runs through, for the linker to put side by side.

They are scattered over 28 MB of code otherwise, and a request touches four times as many pages of it. Wants `perf`
(Debian: linux-perf) and a release build; names that are gone by the next build are passed over by the linker.
"""
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(ROOT / "Tests" / "EndToEnd"))
os.environ.setdefault("MARTLET_BIN", str(ROOT / ".build-release" / "release"))

import engines  # noqa: E402

_SECONDS = 4


def _profile(pid: int, port: int, connections: int, data: Path) -> str:
    load = subprocess.Popen(
        engines.LOAD_CPU + [
            "wrk", "-t1", f"-c{connections}", f"-d{_SECONDS + 4}s", "-H", f"Host: {engines.HOST}",
            f"http://127.0.0.1:{port}/",
        ],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        record = ["perf", "record", "-e", "cpu-clock", "-F", "12000", "--call-graph", "fp", "-p", str(pid), "-o", str(data)]
        subprocess.run([*record, "--", "sleep", str(_SECONDS)], check=True, capture_output=True)
    finally:
        load.wait()
    script = ["perf", "script", "-i", str(data), "-F", "ip,sym"]
    return subprocess.run(script, check=True, capture_output=True, text=True).stdout


def main():
    seen = Counter()
    bench = engines.Bench()
    try:
        port, pid, stop = bench.start("martlet")
        for connections in (1, 32, 256):
            for line in _profile(pid, port, connections, bench.scratch.path / "perf.data").splitlines():
                words = line.split()
                # Swift's own: the C library and the kernel are not ours to order.
                if len(words) > 1 and words[1].startswith(("$s", "swift_", "_swift")):
                    seen[words[1]] += 1
        stop()
    finally:
        bench.close()
    target = ROOT / "Scripts" / "hot-functions.txt"
    target.write_text("".join(f".text.{name}\n" for name, count in seen.most_common() if count > 1))
    print(f"{target.relative_to(ROOT)}: {len(seen)} functions")


if __name__ == "__main__":
    main()
