"""What the echo servers got, from the lines they print."""
import json
import time
from pathlib import Path


class EchoLog:
    """The requests that came whole since the last look, whoever sent them: retries and copies too."""

    def __init__(self, path: Path):
        self.path, self.offset, self.kept = path, 0, []

    def skip(self):
        """Forgets what came until now."""
        self.offset, self.kept = self.path.stat().st_size, []

    def requests(self, wanted=lambda request: True) -> list:
        """All that are `wanted`, since `skip`."""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read()
        end = data.rfind(b"\n") + 1
        self.offset += end
        self.kept += [json.loads(line) for line in data[:end].splitlines() if line.startswith(b"{")]
        return [request for request in self.kept if wanted(request)]

    def settled(self, wanted, enough, seconds: float = 3, quiet: float = 0.05) -> list:
        """Waits until `enough(requests)`, then whether more come: those would be too many."""
        deadline = time.monotonic() + seconds
        while not enough(self.requests(wanted)) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(quiet)
        return self.requests(wanted)


def header(request: dict, name: str) -> str | None:
    """The last value of a header that a server got."""
    return dict(map(tuple, request["headers"])).get(name)
