"""The YAML of articles and tutorials in `../shared/data`, which is no part of the project: what is tested of it, and what not."""
import pytest

from harness.programs import SAMPLE_DATA

needs_sources = pytest.mark.skipif(not SAMPLE_DATA.is_dir(), reason=f"no sample data at {SAMPLE_DATA}")

#: Files of which no test asks anything of HTTP traffic, and why.
NOT_TESTED = {
    "source-yaml": {
        "authorization and identity": [
            "s0-payments-authz", "s0-payments-mtls-strict", "s1-mtls-default", "s2-authz", "s2-jwt", "s2-mtls",
        ],
        "installation and mesh settings": [
            "s0-istio-operator", "s2-injector-values-configmap", "s2-istio-production", "s2-mesh-accesslog-configmap",
            "s2-mesh-tracing-configmap",
        ],
        "TLS by its server name, through an egress gateway": ["s2-egress-gateway"],
        "kinds that Istio has given up": ["s1-memquota-handler", "s3-routerule-canary"],
    },
    "bookinfo": {
        "TLS between the pods, or begun by the proxy": ["destination-rule-all-mtls", "egress-rule-google-apis"],
        "the application itself, which Samples/bookinfo has": ["bookinfo"],
    },
    "istio-tutorial": {
        "authorization and identity": [
            "authentication-enable-tls", "authorization-enable-rbac", "authorization-policy-allow-customer",
            "authorization-policy-allow-preference", "authorization-policy-allow-recommendation",
            "authorization-policy-deny-all", "authorization-policy-jwt", "destination-rule-tls", "disable-mtls",
            "enable-mtls", "enduser-authentication-jwt", "namespace-rbac-policy", "namespace-rbac-policy-jwt",
            "old-namespace-rbac-policy-jwt",
        ],
        "kinds that Istio has given up": [
            "acl-blacklist", "acl-deny-except-customer2preference2recommendation", "acl-whitelist", "rate_limit_rule",
            "recommendation_rate_limit_handler", "recommendation_requestcount",
        ],
    },
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
