"""Do counts follow shares? Two shares are tested exactly, more by Pearson's chi-square test; without tables.

A run of all tests asks some hundred times, so the chance to be wrong about true shares has to be small each time.
"""
import math

#: A right proxy is blamed once in so many questions; shares that are off by what matters are seen all the same.
CHANCE = 1e-7


def binomial(count: int, n: int, share: float) -> float:
    """P(an outcome as unlikely as `count` of `n`, to either side), each with probability `share`."""

    def log_probability(k: int) -> float:
        ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        return ways + k * math.log(share) + (n - k) * math.log1p(-share)

    limit = log_probability(count) + 1e-9
    return min(1.0, sum(math.exp(one) for one in map(log_probability, range(n + 1)) if one <= limit))


def survival(statistic: float, degrees: int) -> float:
    """P(X >= statistic) of the chi-square distribution: the regularised upper incomplete gamma function."""
    a, x = degrees / 2, statistic / 2
    if x <= 0:
        return 1.0
    if x < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > abs(total) * 1e-14:
            n += 1
            term *= x / n
            total += term
        return 1 - total * math.exp(-x + a * math.log(x) - math.lgamma(a))
    b, c = x + 1 - a, 1e300
    d = h = 1 / b
    for i in range(1, 1000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return h * math.exp(-x + a * math.log(x) - math.lgamma(a))


def complaint(counts: dict, weights: dict, p: float = CHANCE) -> str | None:
    """Why `counts` are not drawn by `weights`; nothing when they may be."""
    strangers = {name: count for name, count in counts.items() if count and not weights.get(name)}
    if strangers:
        return f"got {strangers}, which should get nothing"
    n, total = sum(counts.values()), sum(weights.values())
    expected = {name: n * weight / total for name, weight in weights.items() if weight}
    if len(expected) < 2:
        return None
    if len(expected) == 2:
        name, want = next(iter(expected.items()))
        chance = binomial(counts.get(name, 0), n, want / n) if n else 1.0
        return f"got {counts} of {n}, weights {weights}: p {chance:.2g} < {p}" if chance < p else None
    statistic = sum((counts.get(name, 0) - want) ** 2 / want for name, want in expected.items())
    chance = survival(statistic, len(expected) - 1)
    if chance < p:
        return f"got {counts} of {n}, weights {weights}: chi-square {statistic:.1f}, p {chance:.2g} < {p}"
    return None
