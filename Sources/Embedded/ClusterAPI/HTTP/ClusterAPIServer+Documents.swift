import ClusterSchema
import HTTPTypes
import KubernetesAPI
import Synchronization

/// Large documents about the served kinds, made once per change of the kinds.
final class ServedDocuments: Sendable {
    private let known = Mutex([String: [UInt8]]())

    func bytes(_ name: String, _ make: () -> JSONValue?) -> [UInt8]? {
        if let found = known.withLock({ $0[name] }) { return found }
        guard let made = make()?.jsonBytes else { return nil }
        known.withLock { $0[name] = made }
        return made
    }
}

extension ClusterAPIServer {
    /// Discovery, schemas and identity documents, by path.
    func document(_ path: String, _ request: APIRequest) throws(StatusError) -> APIAnswer {
        guard request.method == .get || request.method == .head else {
            throw StatusError(.methodNotAllowed, "the server does not allow this method on the requested resource")
        }
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "api" where parts.count == 1: return try discovery(request, core: true)
        case "apis" where parts.count == 1: return try discovery(request, core: false)
        case "apis" where parts.count == 2:
            guard let group = catalog.apiGroup(parts[1]) else { throw .unknownPath }
            return APIAnswer(group)
        case "openapi":
            if parts == ["openapi", "v1", "jwks"] {
                return APIAnswer(bytes: signer.keySet.jsonBytes, contentType: "application/jwk-set+json")
            }
            return try schemas(parts, request)
        case ".well-known" where parts == [".well-known", "openid-configuration"]: return APIAnswer(signer.discovery)
        case nil:
            return APIAnswer([
                "paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
            ])
        default: throw .unknownPath
        }
    }

    private func discovery(_ request: APIRequest, core: Bool) throws(StatusError) -> APIAnswer {
        if case .groupDiscovery(let version) = try AcceptedFormat(request.headers[values: .accept]) {
            var answer = APIAnswer(catalog.aggregatedDiscovery(core: core))
            answer.contentType = "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
            return answer
        }
        guard core else { return APIAnswer(catalog.apiGroupList()) }
        return APIAnswer(catalog.apiVersions(serverAddress: request.headers.first(named: "Host") ?? "127.0.0.1:443"))
    }

    private func schemas(_ parts: [String], _ request: APIRequest) throws(StatusError) -> APIAnswer {
        let accepted = request.headers[values: .accept].joined(separator: ",")
        let protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
        if parts == ["openapi", "v2"], accepted.contains(protobuf), !accepted.contains("json") {
            // A media type cannot have the `@` that clients ask with.
            let contentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
            return APIAnswer(bytes: catalog.openAPIV2Protobuf(), contentType: contentType)
        }
        if !accepted.isEmpty, !accepted.contains("json"), !accepted.contains("*/*") {
            throw StatusError(.notAcceptable, "only application/json is served (protobuf is not)")
        }
        let catalog = catalog
        let generation = documents.generation
        let known = documents.current ?? ServedDocuments()
        documents.set(known, of: generation)
        let bytes = known.bytes(parts.joined(separator: "/")) {
            switch parts.count {
            case 2 where parts[1] == "v2": return catalog.openAPIV2()
            case 2 where parts[1] == "v3": return catalog.openAPIV3Index()
            case 4 where parts[2] == "api": return catalog.openAPIV3(group: "", version: parts[3])
            case 5 where parts[2] == "apis": return catalog.openAPIV3(group: parts[3], version: parts[4])
            default: return nil
            }
        }
        guard let bytes else { throw .unknownPath }
        return APIAnswer(bytes: bytes)
    }

    var versionDocument: JSONValue {
        let numbers = configuration.version.drop { !$0.isNumber }.split(separator: ".")
        return [
            "major": .string(numbers.first.map(String.init) ?? "1"),
            "minor": .string(numbers.count > 1 ? String(numbers[1]) : "34"),
            "gitVersion": .string(configuration.version), "gitCommit": "", "gitTreeState": "clean", "buildDate": "",
            "goVersion": "", "compiler": "swift", "platform": "linux",
        ]
    }
}
