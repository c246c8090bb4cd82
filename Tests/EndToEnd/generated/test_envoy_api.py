"""Sources/Contract/EnvoyAPI is exactly what `make generate` writes today."""
import filecmp
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
COMMITTED = TOP / "Sources" / "Contract" / "EnvoyAPI"


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    subprocess.run([TOP / "protos" / "generate", tmp_path], check=True, timeout=1200)
    fresh = sorted(p.name for p in tmp_path.iterdir())
    committed = sorted(p.name for p in COMMITTED.iterdir())
    assert fresh == committed, "files come or gone: run `make generate` and commit"
    _, different, unreadable = filecmp.cmpfiles(tmp_path, COMMITTED, fresh, shallow=False)
    assert not different and not unreadable, f"run `make generate` and commit: {different + unreadable}"
