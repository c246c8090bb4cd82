"""What a run and the table do not agree on, as readable lines."""
import json

from harness import shares


class Differences:
    def __init__(self):
        self.lines = []

    def same(self, what: str, got, want):
        if got != want:
            self.lines.append(f"{what}: expected {want!r}, got {got!r}")

    def one_of(self, what: str, got, want):
        if got not in (want if isinstance(want, list) else [want]):
            self.lines.append(f"{what}: expected {want!r}, got {got!r}")

    def within(self, what: str, got: int, want):
        """`want` is a number, or [least, most]."""
        least, most = want if isinstance(want, list) else (want, want)
        if not least <= got <= most:
            self.lines.append(f"{what}: expected {want}, got {got}")

    def part(self, what: str, count: int, of: int, percent: float):
        """`count` of `of` may be drawn with a chance of `percent`."""
        counts, weights = {what: count, "the others": of - count}, {what: percent, "the others": 100 - percent}
        if why := shares.complaint(counts, weights):
            self.lines.append(f"{what}: {why}")

    def headers(self, what: str, got: list, want: dict):
        """`got` is a list of [name, value]."""
        for name, value in want.items():
            values = [text for key, text in got if key.lower() == name.lower()]
            if value == "absent":
                self.same(f"{what} {name}", values, [])
            elif value == "present":
                if not values:
                    self.lines.append(f"{what} {name}: expected to be there")
            else:
                wanted = [str(one) for one in value] if isinstance(value, list) else [str(value)]
                self.same(f"{what} {name}", values, wanted)

    def request(self, what: str, got: dict, want: dict):
        """A request as a server got it."""
        got = {**got, "host": dict(map(tuple, got["headers"])).get("host")}
        for key in ("method", "path", "host", "body", "bodyBytes"):
            if key in want:
                self.same(f"{what} {key}", got[key], want[key])
        self.headers(f"{what} header", got["headers"], want.get("headers", {}))
        if want.get("tls") == "none":
            self.same(f"{what} tls", got["tls"], None)
        elif "tls" in want:
            for key, value in want["tls"].items():
                self.same(f"{what} tls {key}", (got["tls"] or {}).get(key), value)

    def response(self, response, expect: dict):
        if "upstream" in expect:
            self.one_of("upstream", response.value("x-echo-server") or "none", expect["upstream"])
        self.content(response, expect)
        milliseconds = response.seconds * 1000
        if milliseconds < expect.get("atLeastMs", 0) or milliseconds > expect.get("atMostMs", 1e9):
            self.lines.append(
                f"took {milliseconds:.0f} ms, expected {expect.get('atLeastMs', 0)} to {expect.get('atMostMs', 'any')}"
            )
        if "seen" not in expect:
            return
        try:
            self.request("seen", json.loads(response.body), expect["seen"])
        except ValueError:
            self.lines.append(f"no echo in the answer: {response.status} {response.body[:200]!r}")

    def content(self, response, expect: dict):
        self.headers("response header", response.headers, expect.get("headers", {}))
        if "body" in expect:
            self.same("body", response.body.decode("utf-8", "replace"), expect["body"])

    def answers(self, responses: list, want: dict):
        """`want` says for each status how many there are, and what each of them has."""
        for status, expect in want.items():
            those = [one for one in responses if one.status == status]
            if "count" in expect:
                self.within(f"answers {status}", len(those), expect["count"])
            if "percent" in expect:
                self.part(f"answers {status}", len(those), len(responses), expect["percent"])
            for response in those[:20]:
                self.content(response, expect)
        if strangers := sorted({str(one.status) for one in responses if one.status not in want}):
            first = next(one for one in responses if one.status not in want)
            self.lines.append(f"answers: unexpected {strangers}: {first.body[:200]!r}")
