"""What a process costs: CPU time in nanoseconds and memory, from /proc."""
from pathlib import Path


def cpu_ns(pid: int) -> int:
    """Time on CPU of all living threads."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:  # the thread has ended
            pass
    return total


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
