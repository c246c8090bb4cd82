"""Rules of the end-to-end tests: what they need is said, never skipped in silence."""
import os
import sys
import time
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).parent))

from harness.stalls import StallWatch  # noqa: E402 - found by the line above

#: Seconds of a stall of the whole machine that excuse a failure once.
_EXCUSE = 1.5
_watch = StallWatch()
_again: list = []


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_root: makes network namespaces")


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("needs_root"):
            item.add_marker(pytest.mark.skip(reason="needs root for network namespaces"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """A test that failed while the machine stood still is run once more, and the summary says so."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    begun = time.time()
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    stall = _watch.since(begun)
    if any(report.failed for report in reports) and stall >= _EXCUSE:
        _again.append((item.nodeid, stall, "".join(report.longreprtext for report in reports if report.failed)))
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        if report.failed and stall:
            report.sections.append(("the machine", f"stood still for {stall:.1f} s while this ran"))
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter):
    for name, stall, text in _again:
        terminalreporter.section(f"run again: the machine stood still for {stall:.1f} s in {name}")
        terminalreporter.write_line(text)
    if _watch.stalls:
        longest = max(seconds for _, seconds in _watch.stalls)
        terminalreporter.write_line(f"the machine stood still {len(_watch.stalls)} times, at most {longest:.1f} s")
