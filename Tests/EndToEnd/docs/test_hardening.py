"""Documentation/Hardening.md and the tags of the tests say the same, and every row has a test."""
import ast
import functools
import re

import pytest
import yaml
from harness.programs import ROOT

PAGE = ROOT / "Documentation" / "Hardening.md"
TESTS = ROOT / "Tests"
ROWS = range(14, 32)


def listed() -> dict:
    """What the page says: row -> files."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if row := re.match(r"\| (\d+) \| (.*) \| (.*)\|$", line):
            assert int(row.group(1)) not in found, f"row {row.group(1)} stands twice in {PAGE.name}"
            found[int(row.group(1))] = set(re.findall(r"`([^`]+)`", row.group(3))) if row.group(2).strip() else set()
    return found


def _of_python(text: str):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.sec":
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


def _of_table(text: str):
    data = yaml.safe_load(text)
    for holder in [data, *data.get("cases", [])]:
        rows = holder.get("sec", [])
        yield from rows if isinstance(rows, list) else [rows]


def _of_swift(text: str):
    for tags in re.findall(r"\.tags\(([^)]*)\)", text):
        yield from map(int, re.findall(r"\.sec(\d+)\b", tags))


_READERS = [(TESTS, "*.py", _of_python), (TESTS, "*.swift", _of_swift),
            (TESTS / "Fixtures" / "conformance", "*.yaml", _of_table)]  # fmt: skip


@functools.cache
def tagged() -> dict:
    """What the tests say: row -> files."""
    found = {row: set() for row in ROWS}
    for path, read in [(path, read) for folder, name, read in _READERS for path in folder.glob(f"**/{name}")]:
        text = path.read_text(encoding="utf-8")
        # Parsing all of them takes seconds.
        if re.search(r"\.sec\b|\.sec\d|\bsec:", text):
            for row in read(text):
                found.setdefault(row, set()).add(str(path.relative_to(TESTS)))
    return found


def test_the_page_has_every_row():
    assert sorted(listed()) == list(ROWS)


def test_no_tag_is_of_another_row():
    assert sorted(tagged()) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_row_is_shown_by_tests(row):
    page, tests = listed()[row], tagged()[row]
    assert tests, f"no test is tagged with row {row}"
    complaints = [f"{file} is tagged with row {row} and not on the page" for file in sorted(tests - page)]
    complaints += [f"{file} is on the page and has no tag of row {row}" for file in sorted(page - tests)]
    assert not complaints, "\n".join(complaints)


def test_readers_see_every_form():
    assert list(_of_python("pytestmark = [pytest.mark.x, pytest.mark.sec(14, 15)]")) == [14, 15]
    assert list(_of_table("{sec: [16, 17], cases: [{name: a, sec: 18}, {name: b}]}")) == [16, 17, 18]
    assert list(_of_swift("@Suite(.tags(.sec19)) struct A { @Test(.tags(.sec20, .fast), arguments: []) }")) == [19, 20]
