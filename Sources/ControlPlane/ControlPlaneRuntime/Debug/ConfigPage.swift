internal import MeshConfig
internal import MeshModel

/// What the authors of the configuration are told, in `/debug/configz`.
struct ConfigPage: Encodable {
    struct Finding: Encodable {
        var severity: String
        var location: String?
        var object: String
        var path: String
        var message: String
        var text: String
    }

    var version: UInt64
    var objects: [String: [String]]
    var diagnostics: [Finding]

    init(config: ConfigSnapshot, diagnostics: [Diagnostic], model: [ModelDiagnostic]) {
        version = config.version
        objects = [:]
        for key in config.versions.keys.sorted() {
            objects[key.kind.rawValue, default: []].append("\(key.namespace)/\(key.name)")
        }
        self.diagnostics = diagnostics.sorted().map {
            Finding(
                severity: $0.severity.rawValue,
                location: $0.location.description,
                object: $0.object,
                path: $0.path,
                message: $0.message,
                text: $0.description
            )
        }
        self.diagnostics += model.map {
            Finding(
                severity: "warning",
                location: $0.location?.description,
                object: $0.object.description,
                path: "",
                message: $0.message,
                text: $0.description
            )
        }
    }
}
