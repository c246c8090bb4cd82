"""What is left of `../shared/data` when all its files have been applied: kinds of former times, and nothing that was forgotten."""
import re
import subprocess

import pytest
import yaml

from harness.programs import program
from up.sources import GIVEN_UP, NOT_TESTED, folder, needs_sources

pytestmark = [pytest.mark.needs_root, needs_sources]

REPLACED = re.compile(r"Istio has given up: .* takes? its place")


def kinds(files) -> set:
    """(apiVersion, kind) of all objects."""
    found = [one for file in files for one in yaml.safe_load_all(file.read_text()) if one]
    return {(one["apiVersion"], one["kind"]) for one in found}


@pytest.mark.parametrize("name", GIVEN_UP)
def test_kinds_that_istio_has_given_up_are_none_of_the_cluster(kubectl, name):
    """As in any cluster without their definitions; nothing of a file is stored."""
    files = folder(name).files(*GIVEN_UP[name])
    words = [word for file in files for word in ("-f", file)]
    told = kubectl.refused("apply", *words)
    missing = set(re.findall(r'no matches for kind "(\w+)" in version "([^"]+)"', told))
    assert {(version, kind) for kind, version in missing} == kinds(files), told


@pytest.mark.parametrize(("name", "stem"), [(name, stem) for name in GIVEN_UP for stem in GIVEN_UP[name]])
def test_whoever_checks_their_files_is_told_what_took_their_place(name, stem):
    file = folder(name).file(stem)
    done = subprocess.run(
        [program("martlet"), "validate", "-f", file], capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    told = done.stdout
    for version, kind in kinds([file]):
        lines = [line for line in told.splitlines() if f"kind {kind} ({version})" in line]
        assert lines and all(REPLACED.search(line) for line in lines), told


@pytest.mark.parametrize("name", NOT_TESTED)
def test_no_file_is_forgotten(request, name):
    ran = {item.path.name for item in request.session.items}
    if request.config.option.keyword or not {one.name for one in request.path.parent.glob("test_source_*.py")} <= ran:
        pytest.skip("only a run of all tests asks for all files")
    assert folder(name).forgotten() == set()
