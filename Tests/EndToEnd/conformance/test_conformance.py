"""Every case of the table through both engines, end to end."""
import pytest

from harness.sidecar import ENGINES
from harness.world import World

from .run_case import play
from .table import tables

pytestmark = pytest.mark.needs_root

# Cases of one world stand together, so that each engine starts once a pod and file.
_CASES = [
    pytest.param(
        case, engine, id=f"{table.name}-{engine}-{case.name.replace(' ', '_')}", marks=pytest.mark.sec(*case.sec)
    )
    for table in tables()
    for engine in ENGINES
    for case in sorted(table.cases, key=lambda case: case.pod)
]


@pytest.fixture(scope="module")
def worlds():
    """Gives the world of a table; the one before is closed when the next is asked for."""
    current = {}

    def world(table) -> World:
        if table.name not in current:
            while current:
                current.popitem()[1].close()
            current[table.name] = World(
                table.name, table.text, table.mesh, table.servers, table.names, table.identities
            )
        return current[table.name]

    yield world
    for one in current.values():
        one.close()


@pytest.mark.parametrize(("case", "engine"), _CASES)
def test_case(case, engine, worlds):
    if why := case.skipped_by(engine):
        pytest.skip(why)
    try:
        differences = play(worlds(case.file), case, engine)
    except (RuntimeError, TimeoutError) as error:
        differences = [str(error)]
    if differences:
        lines = "\n  ".join(differences)
        pytest.fail(f"{case.file.name}.yaml, case {case.name!r}, engine {engine}:\n  {lines}", pytrace=False)
