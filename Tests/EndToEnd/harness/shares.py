"""Do counts follow shares? Pearson's chi-square test, without tables."""
import math


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


def complaint(counts: dict, weights: dict, p: float = 0.001) -> str | None:
    """Why `counts` are not drawn by `weights`; nothing when they may be."""
    strangers = {name: count for name, count in counts.items() if count and not weights.get(name)}
    if strangers:
        return f"got {strangers}, which should get nothing"
    n, total = sum(counts.values()), sum(weights.values())
    expected = {name: n * weight / total for name, weight in weights.items() if weight}
    if len(expected) < 2:
        return None
    statistic = sum((counts.get(name, 0) - want) ** 2 / want for name, want in expected.items())
    chance = survival(statistic, len(expected) - 1)
    if chance < p:
        return f"got {counts} of {n}, weights {weights}: chi-square {statistic:.1f}, p {chance:.2g} < {p}"
    return None
