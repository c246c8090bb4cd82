"""`martlet up` with an engine and samples, and what is measured on it."""
import yaml

from harness.cluster import Cluster
from harness.programs import ROOT, Scratch, envoy_binary

SAMPLES = ROOT / "Samples"
#: Times that were measured; shown at the end of the run.
MEASURED: list = []


def engine_arguments(engine: str) -> list:
    return ["--engine", engine, *(["--envoy-path", envoy_binary()] if engine == "envoy" else [])]


class Mesh(Cluster):
    """`martlet up` with an engine and samples."""

    def __init__(self, engine: str, samples=("bookinfo", "httpbin", "tutorial"), name: str = "up"):
        self.engine = engine
        self.scratch = Scratch(f"{name}-{engine}")
        words = [word for sample in samples for word in ("--sample", sample)]
        try:
            super().__init__(self.scratch.path, 180, [*engine_arguments(engine), *words])
        except BaseException:
            self.remove()
            raise

    def note(self, what: str):
        MEASURED.append(f"{self.engine}: {what}")

    def remove(self):
        if hasattr(self, "child"):
            self.stop()
        self.scratch.remove()


def documents(path: str) -> list:
    return list(yaml.safe_load_all((SAMPLES / path).read_text()))
