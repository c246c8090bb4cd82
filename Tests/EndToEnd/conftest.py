"""Rules of the end-to-end tests: what they need is said, never skipped in silence."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser):
    parser.addoption(
        "--sec", type=int, action="append", metavar="ROW", help="only tests of this row of Documentation/Hardening.md"
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_root: makes network namespaces")
    config.addinivalue_line("markers", "sec(row, ...): shows these rows of Documentation/Hardening.md")


def pytest_collection_modifyitems(config, items):
    if wanted := set(config.getoption("--sec") or []):
        others = [item for item in items if not wanted & _rows(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if wanted & _rows(item)]
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("needs_root"):
            item.add_marker(pytest.mark.skip(reason="needs root for network namespaces"))


def _rows(item) -> set:
    return {row for mark in item.iter_markers("sec") for row in mark.args}
