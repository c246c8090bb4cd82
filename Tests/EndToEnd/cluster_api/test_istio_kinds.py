"""Istio's kinds as `martlet up` defines them: explained by kubectl, and judged by the webhook."""
import pytest


@pytest.mark.parametrize("path, words", [
    ("virtualservice.spec.http.route.destination", ["subset", "host", "port"]),
    ("vs.spec.http.retries", ["attempts", "perTryTimeout", "retryOn"]),
    ("destinationrule.spec.trafficPolicy.connectionPool.tcp", ["maxConnections", "connectTimeout"]),
    ("gateway.spec.servers.tls", ["credentialName", "httpsRedirect"]),
    ("serviceentry.spec.endpoints", ["address", "locality"]),
    ("authorizationpolicy.spec.rules.from.source", ["principals", "notIpBlocks"]),
])  # fmt: skip
def test_explain(cluster, path, words):
    shown = cluster.kubectl("explain", path).out
    assert all(f"{word}\t<" in shown for word in words), shown
