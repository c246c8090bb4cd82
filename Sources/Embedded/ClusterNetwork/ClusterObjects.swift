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
            guard let services = objects[.services], let slices = objects[.endpointSlices], let pods = objects[.pods] else {
                return nil
            }
            return Contents(
                services: Array(services.values),
                slices: Array(slices.values),
                pods: Array(pods.values)
            )
        }
    }

    /// Lists and watches until cancelled; after a failure it lists again, at the latest after five seconds.
    func run(_ api: any KubernetesAPI) async {
        await withDiscardingTaskGroup { group in
            for type in Self.types { group.addTask { await self.follow(type, api) } }
        }
        changed.finish()
    }

    private func follow(_ type: ResourceType, _ api: any KubernetesAPI) async {
        var delay = Duration.milliseconds(50)
        while !Task.isCancelled {
            do {
                let list = try await api.list(type, ListOptions())
                let items = Dictionary(list.items.map { ($0.objectName, $0) }, uniquingKeysWith: { _, last in last })
                objects.withLock { $0[type] = items }
                changed.yield()
                delay = .milliseconds(50)
                let options = ListOptions(resourceVersion: list.resourceVersion, allowsBookmarks: true)
                for try await event in try await api.watch(type, options) { apply(event, type) }
            } catch {
                if Task.isCancelled { return }
                logger.debug("watch ended", metadata: ["type": "\(type.plural)", "error": "\(error)"])
            }
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, .seconds(5))
        }
    }

    private func apply(_ event: WatchEvent, _ type: ResourceType) {
        switch event {
        case .added(let object), .modified(let object):
            objects.withLock { $0[type, default: [:]][object.objectName] = object }
        case .deleted(let object):
            objects.withLock { $0[type, default: [:]][object.objectName] = nil }
        case .bookmark: return
        }
        changed.yield()
    }
}
