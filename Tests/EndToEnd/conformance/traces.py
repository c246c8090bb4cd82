"""What only the access log, the servers and the statistics tell of a case."""
import time
from collections import Counter

from harness import shares
from harness.echo_log import header


def logged(case, expect: dict, mark: str | None, sidecar, differences):
    answers = {
        str(status): {"flags", "details"} & set(one)
        for status, one in expect.get("answers", {}).items()
        if {"flags", "details"} & set(one)
    }
    wanted = {"cluster", "clusters", "route", "flags", "details"} & set(expect)
    if not wanted and not answers:
        return
    entries = sidecar.log.lines(case.times, 5, lambda entry: mark is None or entry["agent"] in (mark, "-"))
    if not entries:
        differences.lines.append(f"no line in the access log, which should tell {sorted(wanted)}")
        return
    _entry(entries[-1], expect, differences)
    for status in answers:
        of = expect["answers"].get(status) or expect["answers"][int(status)]
        for entry in [one for one in entries if one["status"] == status][:20]:
            _entry(entry, {key: of[key] for key in answers[status]}, differences)
    if "clusters" in expect:
        counts = Counter(one["cluster"] for one in entries)
        if why := shares.complaint(counts, expect["clusters"]):
            differences.lines.append(f"clusters: {why}")


def _entry(entry: dict, expect: dict, differences):
    if "cluster" in expect:
        differences.same("cluster", entry["cluster"], "-" if expect["cluster"] == "none" else expect["cluster"])
    if "route" in expect:
        differences.same("route", entry["route"], expect["route"] or "-")
    if "flags" in expect:
        flags = expect["flags"] if isinstance(expect["flags"], list) else [expect["flags"]]
        differences.one_of("flags", entry["flags"], ["-" if one == "none" else one for one in flags])
    if "details" in expect:
        differences.one_of("details", entry["details"], expect["details"])


def reached(case, expect: dict, mark: str | None, echo_log, differences):
    """What came to the servers: every try, every copy."""
    if not {"reached", "reachedPercent", "tries", "got", "connections"} & set(expect):
        return
    least = sum(_least(count) for count in expect.get("reached", {}).values())
    least = max(least, _least(expect.get("tries", 0)), 1 if "got" in expect else 0)

    def enough(found: list) -> bool:
        return len(found) >= least and {one["server"] for one in found} >= set(expect.get("got", {}))

    requests = echo_log.settled(lambda one: mark is None or header(one, "user-agent") == mark, enough)
    counts = Counter(one["server"] for one in requests)
    if "reached" in expect:
        for server in {*counts, *expect["reached"]}:
            differences.within(f"reached {server}", counts[server], expect["reached"].get(server, 0))
    for server, percent in expect.get("reachedPercent", {}).items():
        differences.part(f"reached {server}", counts[server], case.times, percent)
    if "tries" in expect:
        differences.within(f"tries {dict(counts)}", len(requests), expect["tries"])
    if "connections" in expect:
        differences.within("connections", len({one["connection"] for one in requests}), expect["connections"])
    for server, want in expect.get("got", {}).items():
        if own := [one for one in requests if one["server"] == server]:
            differences.request(f"{server} got", own[-1], want)
        else:
            differences.lines.append(f"{server} got nothing")


def _least(count) -> int:
    return count[0] if isinstance(count, list) else count


class Counters:
    """How far the proxy's statistics moved: all whose name ends in what the table writes, taken together."""

    def __init__(self, sidecar, expect: dict):
        self.sidecar, self.wanted = sidecar, expect.get("counters", {})
        self.before = self._now()

    def _now(self) -> Counter:
        if not self.wanted:
            return Counter()
        _, text = self.sidecar.admin("/stats?usedonly")
        found = Counter()
        for line in text.splitlines():
            name, _, value = line.rpartition(": ")
            for wanted in self.wanted:
                if value.isdecimal() and (name == wanted or name.endswith(f".{wanted}")):
                    found[wanted] += int(value)
        return found

    def check(self, differences):
        if not self.wanted:
            return
        for _ in range(40):
            moved = self._now()
            moved.subtract(self.before)
            if all(_least(want) <= moved[name] for name, want in self.wanted.items()):
                break
            time.sleep(0.05)
        for name, want in self.wanted.items():
            differences.within(f"counter {name}", moved[name], want)
