"""The judge of shares: true shares pass, and shares that are off by what matters do not."""
import pytest

from harness import shares


@pytest.mark.parametrize("count, n, share, chance", [
    (0, 10, 0.5, 2 / 1024), (5, 10, 0.5, 1.0), (10, 10, 0.5, 2 / 1024), (3, 3, 0.2, 0.008), (0, 1, 0.25, 1.0),
])  # fmt: skip
def test_the_exact_chance_of_a_count(count, n, share, chance):
    assert shares.binomial(count, n, share) == pytest.approx(chance, rel=1e-6)


@pytest.mark.parametrize("counts, weights", [
    ({"v1": 118, "v2": 32}, {"v1": 80, "v2": 20}), ({"v1": 33, "v3": 7}, {"v1": 95, "v3": 5}), ({}, {"v1": 1, "v2": 1}),
    ({"v1": 150}, {"v1": 100, "v3": 0}), ({"a": 30, "b": 20, "c": 25}, {"a": 1, "b": 1, "c": 1}),
])  # fmt: skip
def test_what_may_be(counts, weights):
    assert shares.complaint(counts, weights) is None


@pytest.mark.parametrize("counts, weights", [
    ({"v1": 75, "v2": 75}, {"v1": 80, "v2": 20}), ({"v1": 150}, {"v1": 80, "v3": 20}),
    ({"v1": 149, "v2": 1}, {"v1": 100, "v2": 0}), ({"v1": 10, "x": 1}, {"v1": 1}),
    ({"a": 75, "b": 75, "c": 0}, {"a": 1, "b": 1, "c": 1}),
])  # fmt: skip
def test_what_cannot_be(counts, weights):
    assert shares.complaint(counts, weights) is not None
