"""What a thousand rules cost a request: the hop of `mutual_tls`, with them and without, round by round.

Each rule of the policy names a principal, paths, methods and a header as real ones do; only the last lets the request in.
"""
import statistics
import sys

import engines
import mutual_tls
import process_cost
import proxies

_RULES = 1000

_RULE = """
  - from: [{{source: {{principals: ["{principal}"]}}}}]
    to: [{{operation: {{paths: ["{path}", "/p{number}/*"], methods: ["GET", "HEAD"]}}}}]
    when: [{{key: "request.headers[user-agent]", notValues: ["crawler-{number}"]}}]"""


def _policies() -> str:
    """Two: a policy has 512 rules at most."""
    numbers = [*range(1, _RULES), _RULES + 1]
    return "---".join(_policy(name, numbers[start : start + _RULES // 2]) for name, start in (("a", 0), ("b", _RULES // 2)))


def _policy(name: str, numbers: list) -> str:
    rules = "".join(
        _RULE.format(
            number=number,
            principal=mutual_tls._CALLER_PRINCIPAL if number % 2 else f"cluster.local/ns/n{number}/sa/s",
            path=f"/api/v1/things/{number}" if number < _RULES else "/",
        )
        for number in numbers
    )
    return f"""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}, namespace: default}}
spec:
  selector: {{matchLabels: {{app: server}}}}
  rules:{rules}
"""


def measure() -> list:
    seconds, rounds = proxies.limits()
    samples, costs = {}, {}
    hop = mutual_tls.Hop()
    try:
        for engine in ("martlet", "envoy"):
            pids, stop = hop.start(engine)
            try:
                for number in range(rounds):
                    # The same processes with and without: what memory they happened to get is in both.
                    spent = {}
                    for rules in (0, _RULES) if number % 2 == 0 else (_RULES, 0):
                        sample = _sample(hop, pids[1], rules, seconds)
                        spent[rules] = sample["cpu_us_per_request"]
                        if rules:
                            samples.setdefault((engine, 32), []).append(sample)
                    costs.setdefault(engine, []).append(spent[_RULES] - spent[0])
                    print(
                        f"authorization-1000 round {number + 1}/{rounds} {engine:8} {spent[_RULES]:7.2f} us/request of the "
                        f"server's sidecar, {spent[0]:.2f} without rules",
                        file=sys.stderr,
                    )
            finally:
                stop()
    finally:
        hop.close()
    rows = [proxies._row("authorization-1000", engine, 32, samples) for engine in ("martlet", "envoy")]
    for row in rows:
        row["rules_us_per_request"] = round(statistics.median(costs[row["engine"]]), 2)
    return rows


def _sample(hop, pid: int, rules: int, seconds: int) -> dict:
    hop.control_plane.write("policy.yaml", _policies() if rules else "")
    engines.answers(hop.service, path="/other", status=403 if rules else 200)
    proxies.wrk(hop.service, 32, 1)
    before = process_cost.cpu_ns(pid)
    sample = proxies.wrk(hop.service, 32, seconds)
    sample["cpu_us_per_request"] = (process_cost.cpu_ns(pid) - before) / 1000 / max(1, sample["requests"])
    sample["rss_mb"] = process_cost.peak_rss_mb(pid)
    return sample
