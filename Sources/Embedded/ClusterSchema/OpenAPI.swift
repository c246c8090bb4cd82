package import KubernetesAPI

extension SchemaCatalog {
    /// `GET /openapi/v3`: the documents by path, each with a hash of its content.
    package func openAPIV3Index() -> JSONValue { [:] }
    /// `GET /openapi/v3/api/v1` or `/openapi/v3/apis/GROUP/VERSION`; nil when it is not served. Costs milliseconds for
    /// large groups: cache it by the index' hash.
    package func openAPIV3(group: String, version: String) -> JSONValue? { nil }
    /// `GET /openapi/v2` as JSON.
    package func openAPIV2() -> JSONValue { [:] }
}
