package import ClusterNetwork
package import KubernetesAPI
package import Logging

/// The kubelet of the one node: runs the pods that are bound to it as processes of this machine.
///
/// Every container is a process in namespaces of its own, in the pod's network namespace; the kernel ends all of them
/// when this process ends. Pods of an earlier run are started again with their names and uids, a restart more and a
/// new address. Needs CAP_SYS_ADMIN in its user namespace.
package actor PodRuntime {
    nonisolated let context: NodeContext
    private var workers: [String: PodWorker] = [:]
    /// Of the pod that has the name now, by uid.
    private var uids: [ObjectName: String] = [:]
    /// Waits until its forerunner of the same name is gone.
    private var heirs: [ObjectName: KubernetesObject] = [:]
    /// Ended and removed here, while the watch may still have older news of them: they are not begun anew.
    private var buried: Set<String> = []
    /// The watch told of their removal while their worker was still at work.
    private var forgotten: Set<String> = []

    /// Tries what this machine allows and makes the state directory; nothing runs before ``run()``.
    package static func make(
        api: any KubernetesAPI,
        network: any PodNetwork,
        catalogue: ImageCatalogue,
        configuration: Configuration,
        requestToken: @escaping TokenSource,
        logger: Logger
    ) async throws(PodRuntimeError) -> PodRuntime {
        PodRuntime(
            context: try await NodeFoundation.lay(
                api: api,
                network: network,
                catalogue: catalogue,
                configuration: configuration,
                requestToken: requestToken,
                logger: logger
            )
        )
    }

    private init(context: NodeContext) { self.context = context }

    /// Registers the node and runs its pods until cancelled; then all containers are killed.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [context] in await NodeRegistration(context: context).run() }
            group.addTask { await self.followPods() }
            group.addTask { await self.follow(.configMaps) }
            group.addTask { await self.follow(.secrets) }
            group.addTask { await self.refreshTokens() }
            if context.configuration.reapsStrangers {
                group.addTask { [context] in
                    var suspects: Set<Int32> = []
                    while !Task.isCancelled {
                        context.reaper.buryStrangers(&suspects)
                        try? await Task.sleep(for: .seconds(5))
                    }
                }
            }
            await group.waitForAll()
        }
        for worker in workers.values { await worker.abandon() }
    }

    private func followPods() async {
        let selector = FieldSelector(requirements: [
            .init(path: ["spec", "nodeName"], value: context.configuration.nodeName)
        ])
        let logger = context.logger
        let reflector = Reflector(
            api: context.api,
            type: .pods,
            options: ListOptions(fields: selector),
            failed: { logger.debug("watch of pods", metadata: ["error": "\($0)"]) }
        )
        var isFirst = true
        for await event in reflector.events() {
            switch event {
            case .synced(let pods):
                if isFirst { removeLeftovers(keeping: Set(pods.map(\.uid))) }
                isFirst = false
                let present = Set(pods.map(\.uid))
                for (uid, worker) in workers where !present.contains(uid) { await worker.vanish() }
                buried.formIntersection(present)
                for pod in pods { await apply(pod) }
            case .applied(let pod): await apply(pod)
            case .deleted(let pod):
                heirs[pod.objectName] = nil
                buried.remove(pod.uid)
                if let worker = workers[pod.uid] {
                    forgotten.insert(pod.uid)
                    await worker.vanish()
                }
            }
        }
    }

    private func apply(_ pod: KubernetesObject) async {
        if buried.contains(pod.uid) { return }
        if let worker = workers[pod.uid] {
            await worker.update(pod)
            return
        }
        if let former = uids[pod.objectName], let worker = workers[former] {
            // The name is taken again before the old processes ended.
            heirs[pod.objectName] = pod
            await worker.vanish()
            return
        }
        let phase = pod["status", "phase"]?.string
        if phase == "Succeeded" || phase == "Failed", pod.deletionTimestamp == nil { return }
        let worker = PodWorker(pod, context: context) { [weak self] uid in await self?.finished(uid) }
        workers[pod.uid] = worker
        uids[pod.objectName] = pod.uid
        await worker.begin()
    }

    private func finished(_ uid: String) async {
        workers[uid] = nil
        if forgotten.remove(uid) == nil { buried.insert(uid) }
        guard let name = uids.first(where: { $0.value == uid })?.key else { return }
        uids[name] = nil
        if let heir = heirs.removeValue(forKey: name) { await apply(heir) }
    }

    /// Directories of pods that were deleted while no runtime ran.
    private func removeLeftovers(keeping uids: Set<String>) {
        for directory in [context.stateDirectory + "/pods", context.memoryDirectory] {
            for uid in DirectoryEntries.of(directory) where !uids.contains(uid) {
                FileBytes.removeTree("\(directory)/\(uid)")
            }
        }
    }

    /// Files in volumes follow the objects they come from.
    private func follow(_ type: ResourceType) async {
        for await event in Reflector(api: context.api, type: type).events() {
            guard case .applied(let object) = event else { continue }
            for (name, uid) in uids where name.namespace == object.namespace {
                guard let worker = workers[uid], worker.volumes.refers(to: type, object.name) else { continue }
                await worker.refreshVolumes()
            }
        }
    }

    private func refreshTokens() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(30))
            for worker in workers.values { await worker.refreshVolumes() }
        }
    }

    func worker(of pod: ObjectName) throws(StatusError) -> PodWorker {
        guard let uid = uids[pod], let worker = workers[uid] else { throw StatusError.notFound(.pods, pod.name) }
        return worker
    }
}
