package import KubernetesAPI

extension SchemaCatalog {
    /// `GET /api` (`APIVersions`); `serverAddress` is `host:port`.
    package func apiVersions(serverAddress: String) -> JSONValue { [:] }
    /// `GET /apis` (`APIGroupList`).
    package func apiGroupList() -> JSONValue { [:] }
    /// `GET /apis/GROUP` (`APIGroup`); nil when it is not served.
    package func apiGroup(_ name: String) -> JSONValue? { nil }
    /// `GET /api/v1` and `GET /apis/GROUP/VERSION` (`APIResourceList`); nil when it is not served.
    package func apiResourceList(group: String, version: String) -> JSONValue? { nil }
    /// `GET /api` (core group) or `GET /apis` (all others) as `APIGroupDiscoveryList` of `apidiscovery.k8s.io/v2`.
    package func aggregatedDiscovery(core: Bool) -> JSONValue { [:] }
}
