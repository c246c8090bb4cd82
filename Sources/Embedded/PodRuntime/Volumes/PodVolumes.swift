import Glibc
import KubernetesAPI
import NIOPosix

/// The volumes of one pod on disk: made before its containers, kept up to date while they run.
actor PodVolumes {
    private let context: NodeContext
    private let directory: String
    private let plans: [VolumePlan]
    private let group: UInt32?
    private var written: [String: VolumeFiles] = [:]
    private var tokens: [String: Token] = [:]
    private var generation = 0

    private struct Token {
        var text: String
        /// Continuous seconds; at four fifths of its life.
        var refresh: Int64
    }

    /// Why the volumes are not there: the reason of the event and its words.
    struct Failure: Error, Sendable {
        var reason = "FailedMount"
        var message: String
    }

    init(pod: KubernetesObject, context: NodeContext) {
        self.context = context
        directory = context.podDirectory(pod.uid) + "/volumes"
        plans = (pod["spec", "volumes"]?.array ?? []).map { VolumePlan($0) }
        group = pod["spec", "securityContext", "fsGroup"]?.integer.flatMap { UInt32(exactly: $0) }
    }

    /// True when the pod has files from this object.
    nonisolated func refers(to type: ResourceType, _ name: String) -> Bool {
        plans.contains { plan in
            guard case .files(let sources, _) = plan.source else { return false }
            return sources.contains { source in
                switch source {
                case .configMap(name, _, _): type == .configMaps
                case .secret(name, _, _): type == .secrets
                default: false
                }
            }
        }
    }

    /// Remarks for events, once.
    nonisolated var warnings: [String] {
        plans.compactMap { plan in
            switch plan.source {
            case .hostPath(let path, _):
                "volume \"\(plan.name)\" is hostPath \(path): the pod reads and writes this machine's own files"
            case .emptyDirectory(_, true): "volume \"\(plan.name)\": emptyDir.sizeLimit is not enforced"
            default: nil
            }
        }
    }

    /// Makes all of them, or brings those with files up to date.
    func prepare(_ pod: KubernetesObject, address: String) async throws(Failure) {
        for plan in plans {
            switch plan.source {
            case .emptyDirectory(let isMemory, _):
                try make(isMemory ? memoryPath(plan.name) : path(plan.name), mode: 0o777)
            case .files(let sources, let mode):
                try await write(plan, sources, mode, pod, address)
            case .hostPath(let path, let type):
                if type == "DirectoryOrCreate" { try make(path, mode: 0o755) }
                guard FileBytes.canonical(path) != nil else {
                    throw Failure(
                        message: "MountVolume.SetUp failed for volume \"\(plan.name)\": hostPath \(path) does not exist"
                    )
                }
            case .unsupported(let kind):
                throw Failure(
                    message: "volume \"\(plan.name)\" of kind \(kind) is not supported by this cluster: use emptyDir,"
                        + " configMap, secret, downwardAPI, projected or hostPath"
                )
            }
        }
    }

    private func make(_ path: String, mode: mode_t) throws(Failure) {
        do throws(SystemError) {
            try FileBytes.makeDirectory(path)
        } catch {
            throw Failure(message: "\(error)")
        }
        if let group, mode == 0o777 { chown(path, uid_t.max, group) }
        chmod(path, group != nil && mode == 0o777 ? 0o2777 : mode)
    }

    private func path(_ volume: String) -> String { "\(directory)/\(volume)" }

    private func memoryPath(_ volume: String) -> String { "\(context.memoryDirectory)/\(pathKey)/\(volume)" }

    private var pathKey: String { directory.split(separator: "/").dropLast().last.map(String.init) ?? "" }

    private func write(
        _ plan: VolumePlan,
        _ sources: [VolumePlan.FileSource],
        _ mode: UInt32,
        _ pod: KubernetesObject,
        _ address: String
    ) async throws(Failure) {
        do {
            let found = try await fetch(sources, pod, address)
            let files = try VolumeFiles(sources, defaultMode: mode, found)
            guard written[plan.name] != files else { return }
            generation += 1
            try AtomicDirectory(path: path(plan.name), group: group).write(files, generation: generation)
            written[plan.name] = files
        } catch let missing as VolumeFiles.Missing {
            throw Failure(message: "MountVolume.SetUp failed for volume \"\(plan.name)\": \(missing.message)")
        } catch {
            throw Failure(message: "MountVolume.SetUp failed for volume \"\(plan.name)\": \(error)")
        }
    }

    private func fetch(
        _ sources: [VolumePlan.FileSource],
        _ pod: KubernetesObject,
        _ address: String
    ) async throws -> VolumeFiles.Sources {
        var found = VolumeFiles.Sources(
            downward: context.downward(pod, address: address),
            containers: (pod["spec", "containers"]?.array ?? []) + (pod["spec", "initContainers"]?.array ?? [])
        )
        for source in sources {
            switch source {
            case .configMap(let name, _, _):
                found.configMaps[name] = try await context.find(.configMaps, name, in: pod.namespace)
            case .secret(let name, _, _):
                found.secrets[name] = try await context.find(.secrets, name, in: pod.namespace)
            case .token(let path, let audience, let seconds):
                found.tokens[path] = try await token(audience, seconds, pod)
            case .downward, .unsupported: break
            }
        }
        return found
    }

    private func token(_ audience: String, _ seconds: Int64, _ pod: KubernetesObject) async throws -> String {
        let key = "\(audience) \(seconds)"
        let now = Timestamp.now().seconds
        if let token = tokens[key], now < token.refresh { return token.text }
        let account = pod["spec", "serviceAccountName"]?.string ?? "default"
        let identity = PodIdentity(name: pod.name, uid: pod.uid)
        let text = try await context.requestToken(pod.namespace, account, audience, seconds, identity)
        let life = min(seconds, 7 * 24 * 3600)
        tokens[key] = Token(text: text, refresh: now + life / 5 * 4)
        return text
    }

    /// `volumeMounts` of a container as binds; `variables` are for subPathExpr.
    func mounts(of container: JSONValue, variables: [String: String]) throws(Failure) -> [RootFileSystem.Mount] {
        var result: [RootFileSystem.Mount] = []
        for mount in container["volumeMounts"]?.array ?? [] {
            let name = mount["name"]?.string ?? ""
            guard let target = mount["mountPath"]?.string, target.hasPrefix("/"), target != "/",
                !target.split(separator: "/").contains("..")
            else {
                throw Failure(message: "volumeMounts: mountPath of \"\(name)\" is not an absolute path below /")
            }
            guard let plan = plans.first(where: { $0.name == name }) else {
                throw Failure(message: "volumeMounts: no volume \"\(name)\"")
            }
            var isReadOnly = mount["readOnly"]?.bool ?? false
            var source: String
            switch plan.source {
            case .emptyDirectory(let isMemory, _): source = isMemory ? memoryPath(name) : path(name)
            case .files:
                source = path(name)
                isReadOnly = true
            case .hostPath(let path, _): source = path
            case .unsupported(let kind): throw Failure(message: "volume \"\(name)\" of kind \(kind) is not supported")
            }
            let expression = mount["subPathExpr"]?.string.map { VariableExpansion.expand($0, variables) }
            if let sub = mount["subPath"]?.string ?? expression, !sub.isEmpty {
                guard VolumeFiles.isInside(sub) else { throw Failure(message: "subPath \"\(sub)\" leaves the volume") }
                source += "/" + sub
                if case .emptyDirectory = plan.source, FileBytes.canonical(source) == nil {
                    try make(source, mode: 0o777)
                }
            }
            guard let canonical = FileBytes.canonical(source) else {
                throw Failure(message: "volume \"\(name)\": \(mount["subPath"]?.string ?? source) does not exist")
            }
            if case .emptyDirectory = plan.source, !canonical.hasPrefix(context.stateDirectory + "/") {
                throw Failure(message: "volume \"\(name)\": subPath leads out of the volume")
            }
            result.append(RootFileSystem.Mount(source: canonical, target: target, isReadOnly: isReadOnly))
        }
        // A mount inside another one comes after it.
        return result.sorted { $0.target.split(separator: "/").count < $1.target.split(separator: "/").count }
    }

    /// Gives memory back; the pod's directory is removed with the pod.
    func release() { FileBytes.removeTree("\(context.memoryDirectory)/\(pathKey)") }
}
