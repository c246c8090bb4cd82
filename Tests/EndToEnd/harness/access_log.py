"""Istio's default access log, read line by line."""
import re
import time
from pathlib import Path

_LINE = re.compile(
    r'^\[(?P<start>[^\]]+)\] "(?P<method>\S+) (?P<path>.*) (?P<protocol>\S+)" (?P<status>\d+) (?P<flags>\S+) '
    r'(?P<details>\S+) (?P<termination>\S+) "(?P<failure>[^"]*)" (?P<received>\d+) (?P<sent>\d+) (?P<ms>\d+) '
    r'(?P<service_ms>\S+) "(?P<xff>[^"]*)" "(?P<agent>[^"]*)" "(?P<request_id>[^"]*)" "(?P<authority>[^"]*)" '
    r'"(?P<upstream>[^"]*)" (?P<cluster>\S+) (?P<upstream_local>\S+) (?P<local>\S+) (?P<remote>\S+) '
    r"(?P<server_name>\S+) (?P<route>.*)$"
)


class AccessLog:
    """The lines a proxy wrote since the last look."""

    def __init__(self, path: Path):
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0

    def skip(self):
        self.offset = self.path.stat().st_size

    def lines(self, count: int, seconds: float = 3, wanted=lambda entry: True) -> list:
        """Waits for `count` lines that are `wanted`; gives fewer when they do not come."""
        found, deadline = [], time.monotonic() + seconds
        while True:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                data = file.read()
            end = data.rfind(b"\n") + 1
            self.offset += end
            for line in data[:end].decode("utf-8", "replace").splitlines():
                match = _LINE.match(line)
                if match and wanted(match.groupdict()):
                    found.append(match.groupdict())
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.01)
