"""The YAML of articles and tutorials in `../shared/data`, which is no part of the project: what is tested of it, and what not."""
from functools import cache

import pytest

from harness.programs import SAMPLE_DATA

needs_sources = pytest.mark.skipif(not SAMPLE_DATA.is_dir(), reason=f"no sample data at {SAMPLE_DATA}")

#: Files that no test applies to a mesh to ask it for traffic, and why.
NOT_TESTED = {
    "source-yaml": {
        "what `istioctl install` reads, which is no object of a cluster": ["s0-istio-operator", "s2-istio-production"],
        "how much a sidecar may use, not what it does": ["s2-injector-values-configmap"],
        "logs and traces, which are told beside the traffic": ["s2-mesh-accesslog-configmap", "s2-mesh-tracing-configmap"],
    },
    "bookinfo": {"the application itself, which Samples/bookinfo has": ["bookinfo"]},
    "istio-tutorial": {},
}  # fmt: skip

#: Files of kinds that Istio has given up, which no cluster with today's definitions takes.
GIVEN_UP = {
    "source-yaml": ["s1-memquota-handler", "s3-routerule-canary"],
    "istio-tutorial": [
        "acl-blacklist", "acl-deny-except-customer2preference2recommendation", "acl-whitelist",
        "authentication-enable-tls", "authorization-enable-rbac", "namespace-rbac-policy", "old-namespace-rbac-policy-jwt",
        "rate_limit_rule", "recommendation_rate_limit_handler", "recommendation_requestcount",
    ],
}  # fmt: skip


class Folder:
    """One of the folders, which notes the files that are asked for."""

    def __init__(self, name: str):
        self.path = SAMPLE_DATA / name
        self.asked: set = set()

    def file(self, stem: str):
        self.asked.add(stem)
        (path,) = self.path.glob(f"{stem}.y*ml")
        return path

    def files(self, *stems) -> list:
        return [self.file(stem) for stem in stems]

    def forgotten(self) -> set:
        """Files that no test asked for, and that are not said to be none of HTTP."""
        excused = {stem for stems in NOT_TESTED[self.path.name].values() for stem in stems}
        return {path.stem for path in self.path.glob("*.y*ml")} - self.asked - excused


@cache
def folder(name: str) -> Folder:
    """The one that all tests share."""
    return Folder(name)
