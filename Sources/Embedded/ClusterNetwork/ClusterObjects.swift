import KubernetesAPI
import Logging
import Synchronization

/// The Services, EndpointSlices and Pods of a cluster as its API last told them.
final class ClusterObjects: Sendable {
    static let types: [ResourceType] = [.services, .endpointSlices, .pods]

    struct Contents: Sendable {
        var services: [KubernetesObject] = []
        var slices: [KubernetesObject] = []
        var pods: [KubernetesObject] = []
    }

    private let objects = Mutex<[ResourceType: [ObjectName: KubernetesObject]]>([:])
    /// One element for any number of changes since the last was taken; for one consumer.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Nil until each type was listed once.
    var contents: Contents? {
        objects.withLock { objects in
            guard let services = objects[.services], let slices = objects[.endpointSlices],
                let pods = objects[.pods]
            else { return nil }
            return Contents(
                services: Array(services.values),
                slices: Array(slices.values),
                pods: Array(pods.values)
            )
        }
    }

    /// Lists and watches until cancelled.
    func run(_ api: any KubernetesAPI) async {
        await withDiscardingTaskGroup { group in
            for type in Self.types { group.addTask { await self.follow(type, api) } }
        }
        changed.finish()
    }

    private func follow(_ type: ResourceType, _ api: any KubernetesAPI) async {
        let reflector = Reflector(
            api: api,
            type: type,
            failed: { [logger] error in
                logger.debug("watch failed", metadata: ["type": "\(type.plural)", "error": "\(error)"])
            }
        )
        for await event in reflector.events() {
            objects.withLock { objects in
                switch event {
                case .synced(let all):
                    objects[type] = Dictionary(all.map { ($0.objectName, $0) }, uniquingKeysWith: { _, last in last })
                case .applied(let object): objects[type, default: [:]][object.objectName] = object
                case .deleted(let object): objects[type, default: [:]][object.objectName] = nil
                }
            }
            changed.yield()
        }
    }
}
