import ClusterNetwork
import KubernetesAPI
import Logging
import NIOCore
import NIOPosix

/// What all pods of the node share.
struct NodeContext: Sendable {
    var api: any KubernetesAPI
    var network: any PodNetwork
    var catalogue: ImageCatalogue
    var configuration: PodRuntime.Configuration
    var requestToken: TokenSource
    var logger: Logger
    var events: EventRecorder
    var watch: DescriptorWatch
    var reaper: ProcessReaper
    var logs: LogPump
    var sockets: NamespaceSockets
    var controlGroups: ControlGroups
    var capacity: NodeCapacity
    var layout: HostLayout
    var rootKind: RootFileSystem.Kind
    /// Threads that live as long as the process: children die with the thread that cloned them.
    var threads: NIOThreadPool
    var starts: StartGate
    /// `configuration.stateDirectory` without symbolic links.
    var stateDirectory: String

    var memoryDirectory: String { stateDirectory + "/memory" }

    func podDirectory(_ uid: String) -> String { "\(stateDirectory)/pods/\(uid)" }

    func downward(_ pod: KubernetesObject, address: String) -> DownwardFields {
        DownwardFields(
            pod: pod,
            nodeName: configuration.nodeName,
            hostAddress: configuration.nodeAddress,
            podAddress: address,
            nodeMillicores: Int64(capacity.processors) * 1000,
            nodeMemory: capacity.memory
        )
    }

    /// Nil when there is none.
    func find(_ type: ResourceType, _ name: String, in namespace: String) async throws(StatusError) -> KubernetesObject?
    {
        do throws(StatusError) {
            return try await api.get(type, ObjectName(namespace: namespace, name: name))
        } catch {
            if error.reason == .notFound { return nil }
            throw error
        }
    }
}

/// How many containers are being started at one time.
actor StartGate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var next = 0

    init(_ count: Int) { free = max(1, count) }

    func pass<Result: Sendable, Failure: Error>(
        _ body: @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        guard next < waiting.count else {
            waiting.removeAll()
            next = 0
            free += 1
            return
        }
        let first = waiting[next]
        next += 1
        first.resume()
    }
}
