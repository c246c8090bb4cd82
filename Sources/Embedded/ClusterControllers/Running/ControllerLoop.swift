import KubernetesAPI
import Logging

/// The doing half of all controllers: watches, keeps the cache and the queues, and lets workers perform what the
/// controllers decide.
actor ControllerLoop {
    enum Job: Sendable {
        case watch(ResourceType)
        /// The type cannot be listed now; its reflector goes on trying.
        case unlisted(ResourceType, StatusError)
        case refreshTypes
        case work(Int, ObjectName)
        case timer(Int, ObjectName, due: Timestamp, wait: Duration)
        case retry(Int, ObjectName, wait: Duration)
        case expireEvents
    }

    enum OwnerAnswer: Sendable {
        case found(KubernetesObject, ResourceType)
        case notFound
        /// Nobody serves its kind, now.
        case notServed
    }

    let api: any KubernetesAPI
    let controllers: [any Controller]
    let clock: ControllerClock
    let configuration: ControllerConfiguration
    let logger: Logger
    let recorder: EventRecorder

    private var cache: ObjectCache
    private var ownership = OwnershipGraph()
    private var queues: [WorkQueue]
    private let jobs: AsyncStream<Job>
    private let toDo: AsyncStream<Job>.Continuation

    private let cachedTypes: Set<ResourceType>
    private(set) var servedTypes: [ResourceType] = []
    private var watches: [ResourceType: Task<Void, Never>] = [:]
    private var watched: Set<ResourceType> = []
    private var synced: Set<ResourceType> = []
    /// Types whose first list was answered, one way or the other.
    private var settled: Set<ResourceType> = []

    init(
        api: any KubernetesAPI,
        controllers: [any Controller],
        clock: ControllerClock,
        configuration: ControllerConfiguration,
        logger: Logger
    ) {
        self.api = api
        self.controllers = controllers
        self.clock = clock
        self.configuration = configuration
        self.logger = logger
        recorder = EventRecorder(api: api, clock: clock)
        cachedTypes = controllers.reduce(into: []) { $0.formUnion($1.types) }
        cache = ObjectCache(cachedTypes)
        queues = controllers.map { _ in WorkQueue(parallelism: configuration.parallelism) }
        (jobs, toDo) = AsyncStream.makeStream()
    }

    func run() async {
        toDo.yield(.refreshTypes)
        toDo.yield(.expireEvents)
        // The stream ends with the task's cancellation, which the children share.
        await withDiscardingTaskGroup { group in
            for await job in jobs {
                group.addTask { await self.perform(job) }
            }
            group.cancelAll()
        }
    }

    private func perform(_ job: Job) async {
        switch job {
        case .watch(let type): await watch(type)
        case .unlisted(let type, let error):
            settled.insert(type)
            logger.debug("cannot watch", metadata: ["type": "\(type.groupResource)", "error": "\(error)"])
            dispatch()
        case .refreshTypes: await refreshTypes()
        case .work(let controller, let key): await work(controller, key)
        case .timer(let controller, let key, let due, let wait):
            guard (try? await clock.sleep(wait)) != nil else { return }
            queues[controller].fire(key, due: due)
            dispatch()
        case .retry(let controller, let key, let wait):
            guard (try? await clock.sleep(wait)) != nil else { return }
            queues[controller].add(key)
            dispatch()
        case .expireEvents: await expireEvents()
        }
    }

    // MARK: Watching

    private func refreshTypes() async {
        var names: Set<String> = []
        servedTypes = await configuration.resourceTypes().filter { names.insert($0.groupResource).inserted }
        ownership.forgetUnresolved()
        let everything = controllers.contains(where: \.watchesEverything)
        let graphed = everything ? servedTypes.filter { $0 != .events } : []
        let wanted = cachedTypes.union(graphed).union(everything ? [.customResourceDefinitions] : [])
        for type in watched.subtracting(wanted) {
            watched.remove(type)
            synced.remove(type)
            watches.removeValue(forKey: type)?.cancel()
            ownership.remove(type)
        }
        for type in wanted.subtracting(watched).sorted(by: { $0.plural < $1.plural }) {
            watched.insert(type)
            toDo.yield(.watch(type))
        }
        dispatch()
    }

    private func watch(_ type: ResourceType) async {
        guard watched.contains(type), watches[type] == nil else { return }
        let task = Task { await self.follow(type) }
        watches[type] = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func follow(_ type: ResourceType) async {
        let toDo = toDo
        let reflector = Reflector(api: api, type: type, failed: { toDo.yield(.unlisted(type, $0)) })
        var known: [ObjectName: KubernetesObject] = [:]
        for await event in reflector.events() {
            guard watched.contains(type) else { return }
            switch event {
            case .synced(let objects):
                for change in Reflector.changes(from: known, to: objects) { hear(change, type) }
                known = Dictionary(objects.map { ($0.objectName, $0) }, uniquingKeysWith: { _, last in last })
                synced.insert(type)
                settled.insert(type)
            case .applied(let object):
                known[object.objectName] = object
                hear(event, type)
            case .deleted(let object):
                known[object.objectName] = nil
                hear(event, type)
            }
            dispatch()
        }
    }

    private func hear(_ event: Reflector.Event, _ type: ResourceType) {
        switch event {
        case .applied(let object): apply(object, type, isOwn: false)
        case .deleted(let object):
            let known = cache.remove(object, type)
            let wasOwned = ownership[object.uid] != nil
            ownership.remove(uid: object.uid)
            if let change = known ?? (wasOwned ? ObjectChange(type: type, old: object, new: nil) : nil) {
                changed(change)
            }
        case .synced: break
        }
    }

    /// Takes in an object that a watch told of, or the answer to our own write.
    func apply(_ object: KubernetesObject, _ type: ResourceType, isOwn: Bool) {
        ownership.apply(object, type)
        let change: ObjectChange? =
            if cache.holds(type) {
                isOwn ? cache.applyOwn(object, type) : cache.apply(object, type)
            } else {
                ObjectChange(type: type, old: nil, new: object)
            }
        if let change { changed(change) }
        if isOwn { dispatch() }
    }

    func markDeleting(_ object: KubernetesObject, _ type: ResourceType) {
        let change = cache.markDeleting(object.objectName, type, uid: object.uid, at: clock.now())
        if let change { changed(change) }
        dispatch()
    }

    /// What the API said about an owner that no watch told of.
    func learn(_ owner: OwnerReference, _ answer: OwnerAnswer) {
        switch answer {
        case .found(let object, let type) where object.uid == owner.uid: ownership.apply(object, type)
        case .found, .notFound: ownership.markAbsent(owner.uid)
        case .notServed: ownership.markUnresolved(owner.uid)
        }
    }

    private func changed(_ change: ObjectChange) {
        if change.type == .customResourceDefinitions { toDo.yield(.refreshTypes) }
        add(keys(change))
    }

    private func keys(_ change: ObjectChange) -> [(Int, ObjectName)] {
        let situation = Situation(cache: cache, ownership: ownership, now: clock.now())
        return controllers.indices.flatMap { index -> [(Int, ObjectName)] in
            let controller = controllers[index]
            guard controller.watchesEverything || controller.types.contains(change.type) else { return [] }
            return controller.keys(change, situation).map { (index, $0) }
        }
    }

    private func add(_ keys: [(Int, ObjectName)]) {
        for (controller, key) in keys { queues[controller].add(key) }
    }

    // MARK: Working

    private func dispatch() {
        for index in controllers.indices where isReady(controllers[index]) {
            for key in queues[index].start() { toDo.yield(.work(index, key)) }
        }
    }

    private func isReady(_ controller: any Controller) -> Bool {
        controller.types.isSubset(of: synced) && (!controller.watchesEverything || watched.isSubset(of: settled))
    }

    private func decide(_ index: Int, _ key: ObjectName, failure: StatusError?) -> Decision {
        // The situation must not outlive this call: the next change would copy the whole cache.
        controllers[index].decide(
            key,
            Situation(cache: cache, ownership: ownership, now: clock.now(), failure: failure)
        )
    }

    private func work(_ index: Int, _ key: ObjectName) async {
        let decision = decide(index, key, failure: nil)
        do {
            try await perform(decision.actions, by: controllers[index].name)
            queues[index].finish(key, succeeded: true)
            // Whatever an owner look-up taught is worth a second thought; nothing else changes without a watch event.
            if decision.actions.contains(where: \.onlyTeaches) { queues[index].add(key) }
            if let seconds = decision.again { wake(index, key, after: seconds) }
        } catch {
            logger.debug(
                "a step failed and is tried again",
                metadata: [
                    "controller": "\(controllers[index].name)", "key": "\(key)", "error": "\(error)",
                ]
            )
            let report = decide(index, key, failure: error).actions
            try? await perform(report, by: controllers[index].name)
            let wait = queues[index].retryDelay(
                key,
                shortest: configuration.shortestRetry,
                longest: configuration.longestRetry
            )
            queues[index].finish(key, succeeded: false)
            toDo.yield(.retry(index, key, wait: wait))
        }
        dispatch()
    }

    private func wake(_ index: Int, _ key: ObjectName, after seconds: Int64) {
        let due = clock.now().adding(seconds: seconds)
        guard queues[index].wantsTimer(key, due: due) else { return }
        toDo.yield(.timer(index, key, due: due, wait: .seconds(seconds)))
    }
}
