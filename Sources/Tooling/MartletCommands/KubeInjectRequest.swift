import ArgumentParser
import KubernetesAPI
import SidecarInjection

/// Settings of one `kube-inject` that scripts hand over as JSON.
///
/// `{"set": ["values.global.x=y"], "operator": FILE, "mesh": {}, "env": {}, "cluster": FILE}`; every member may be
/// left out, and one that is not known is refused.
struct KubeInjectRequest: Sendable {
    private var assignments: [KubeInjectAssignment] = []
    private var operatorSpec: JSONValue = [:]
    private var mesh: JSONValue = [:]
    private var environment: [String: String] = [:]
    private var nodesSupportNativeSidecars = false
    /// Labels of the cluster's namespaces by name; nil without a cluster.
    private(set) var namespaces: [String: [String: String]]?
    /// What was written and is not acted on.
    var warnings: [String] {
        (operatorSpec.object ?? [:]).keys.sorted().filter { !Self.operatorFields.contains($0) }.map {
            "spec.\($0) of the IstioOperator does not concern injection and is ignored"
        }
    }

    private static let operatorFields: Set<String> = ["values", "meshConfig", "hub", "tag", "revision"]

    init(text: String) throws {
        let json: JSONValue
        do {
            json = try JSONValue(json: text)
        } catch {
            throw ValidationError("the request is not JSON: \(error)")
        }
        guard let members = json.object else { throw ValidationError("the request must be a JSON object") }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where !value.isNull {
            switch name {
            case "set":
                for text in try Self.texts(value, of: name) { assignments.append(try KubeInjectAssignment(text)) }
            case "operator": try readOperator(try Self.text(value, of: name))
            case "mesh":
                guard value.object != nil else { throw ValidationError("request.mesh: must be an object") }
                mesh = value
            case "env": environment = try Self.environment(value)
            case "cluster": try readCluster(try Self.text(value, of: name))
            default:
                throw ValidationError("request.\(name) is not known; known are set, operator, mesh, env, cluster")
            }
        }
    }

    /// Lays this over what the flags gave: the operator's settings, then `mesh`, then `set`.
    func apply(to sources: inout InjectionSources) throws {
        for name in ["hub", "tag"] {
            if let value = operatorSpec[name] { sources.values[path: ["global", name]] = value }
        }
        sources.values = MergePatch.apply(operatorSpec["values"] ?? [:], to: sources.values)
        sources.mesh = MergePatch.apply(operatorSpec["meshConfig"] ?? [:], to: sources.mesh)
        sources.revision = sources.revision ?? operatorSpec["revision"]?.string
        sources.mesh = MergePatch.apply(mesh, to: sources.mesh)
        for assignment in assignments {
            switch assignment.path.first {
            case "values": try assignment.assign(in: &sources.values, dropping: 1)
            case "meshConfig": try assignment.assign(in: &sources.mesh, dropping: 1)
            case "revision" where assignment.path.count == 1: sources.revision = assignment.value.string
            case "hub", "tag":
                guard assignment.path.count == 1 else { throw assignment.unknown }
                sources.values[path: ["global"] + assignment.path] = assignment.value
            // Helm's own spelling leaves `values.` out.
            default: try assignment.assign(in: &sources.values, dropping: 0)
            }
        }
        sources.environment.merge(environment) { $1 }
        sources.nodesSupportNativeSidecars = nodesSupportNativeSidecars
    }

    private mutating func readOperator(_ path: String) throws {
        guard !path.isEmpty else { return }
        let object = try KubeInjectCommand.value(of: path)
        guard object["kind"]?.string == "IstioOperator" else {
            throw ValidationError("request.operator: \(path): must be an IstioOperator")
        }
        operatorSpec = object["spec"] ?? [:]
    }

    private mutating func readCluster(_ path: String) throws {
        guard !path.isEmpty else { return }
        var namespaces: [String: [String: String]] = [:]
        var kubelets: [String] = []
        do {
            for value in try KubernetesManifest.parse(try KubeInjectCommand.text(of: path), file: path) {
                let object = KubernetesObject(value)
                switch object.kind {
                case "Namespace":
                    var labels = object.labels
                    labels["kubernetes.io/metadata.name"] = object.name
                    namespaces[object.name] = labels
                case "Node": kubelets.append(object["status", "nodeInfo", "kubeletVersion"]?.string ?? "")
                default: break
                }
            }
        } catch let error as ManifestError {
            throw ValidationError("request.cluster: \(error)")
        }
        self.namespaces = namespaces
        nodesSupportNativeSidecars = !kubelets.isEmpty && kubelets.allSatisfy(Self.runsNativeSidecars)
    }

    /// Whether a kubelet (`v1.33.1`, `v1.34.0-gke.1`) is at least 1.33.
    static func runsNativeSidecars(_ version: String) -> Bool {
        let parts = version.drop { $0 == "v" }.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return false
        }
        return (major, minor) >= (1, 33)
    }

    private static func text(_ value: JSONValue, of name: String) throws -> String {
        guard let text = value.string else { throw ValidationError("request.\(name): must be a text") }
        return text
    }

    private static func texts(_ value: JSONValue, of name: String) throws -> [String] {
        guard let list = value.array else { throw ValidationError("request.\(name): must be a list of texts") }
        return try list.map { try text($0, of: name) }
    }

    private static func environment(_ value: JSONValue) throws -> [String: String] {
        guard let members = value.object else { throw ValidationError("request.env: must be an object") }
        return try members.mapValues { member in
            switch member {
            case .string(let text): text
            case .bool, .integer, .number: member.jsonText
            case .null, .array, .object: throw ValidationError("request.env: values must be texts")
            }
        }
    }
}
