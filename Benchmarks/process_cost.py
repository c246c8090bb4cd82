"""What a process costs: CPU time in nanoseconds and memory, from /proc."""
import time
from pathlib import Path


def cpu_ns(pid: int) -> int:
    """Time on CPU of all threads, also of those that have ended; 0 of a process that has ended."""
    try:
        # The process's CPU clock, as clock_getcpuclockid(3) names it.
        return time.clock_gettime_ns(~pid << 3 | 2)
    except OSError:
        return 0


def _status_kb(pid: int, key: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


def peak_rss_mb(pid: int) -> float:
    return _status_kb(pid, "VmHWM") / 1024


def rss_kb(pid: int) -> int:
    return _status_kb(pid, "VmRSS")


def named_below(pid: int, name: str) -> int:
    """The process called `name`: `pid` itself or one it started."""
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        if Path(f"/proc/{one}/comm").read_text().strip() == name:
            return one
        for task in Path(f"/proc/{one}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]
    raise LookupError(f"no {name} below {pid}")


def name_of(pid: int) -> str | None:
    """The program's name, None when the process has ended."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name or None
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def below(pid: int) -> list:
    """`pid` and everything it started that still runs."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*"):
            try:
                waiting += [int(child) for child in (task / "children").read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found


def memory_kb(pid: int) -> dict | None:
    """The sums of /proc/PID/smaps_rollup (`Pss`: pages shared with others count in parts), None when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return {name.rstrip(":"): int(value) for name, value, *_ in map(str.split, lines)}
