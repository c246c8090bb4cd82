import KubernetesAPI

extension Rollout {
    private var oldActive: [KubernetesObject] { old.filter { $0.replicas > 0 } }

    /// The size of the new ReplicaSet, now `present`, with as many pods added as the surge allows.
    func newSize(present: Int) -> Int {
        let most = deployment.replicas + deployment.maxSurge
        let pods = wantedPods
        guard pods < most else { return present }
        return present + max(0, min(most - pods, deployment.replicas - present))
    }

    /// Rolling update: more pods of the new template, or fewer when the Deployment got smaller.
    func rollNew() -> [Action] {
        guard let new, new.replicas != deployment.replicas else { return [] }
        if new.replicas > deployment.replicas { return scale(new, to: deployment.replicas) }
        let size = newSize(present: new.replicas)
        return size == new.replicas ? [] : scale(new, to: size)
    }

    /// Rolling update: fewer pods of old templates, those that do not work first, so that enough stay available.
    func rollOld() -> [Action] {
        guard oldActive.contains(where: { $0.replicas > 0 }), let new else { return [] }
        let needed = deployment.replicas - deployment.maxUnavailable
        let newUnavailable = max(0, new.replicas - new.counted("availableReplicas"))
        var removable = wantedPods - needed - newUnavailable
        guard removable > 0 else { return [] }
        var sizes = Dictionary(uniqueKeysWithValues: old.map { ($0.uid, $0.replicas) })
        for set in oldActive {
            let broken = min(removable, set.replicas - set.counted("availableReplicas"))
            guard broken > 0 else { continue }
            sizes[set.uid, default: 0] -= broken
            removable -= broken
        }
        var spare = availablePods - needed
        for set in oldActive {
            let less = min(sizes[set.uid] ?? 0, spare)
            guard less > 0 else { continue }
            sizes[set.uid, default: 0] -= less
            spare -= less
        }
        return old.flatMap { set in
            sizes[set.uid].map { $0 == set.replicas ? [] : scale(set, to: $0) } ?? []
        }
    }

    /// Whether `spec.replicas` of the Deployment changed since its ReplicaSets were sized.
    var wasResized: Bool {
        all.contains { set in
            set.replicas > 0
                && set.annotations[Deployment.desiredReplicas].map { $0 != String(deployment.replicas) } ?? false
        }
    }

    /// A changed size is spread over the ReplicaSets in proportion to theirs, so that an update under way, or a
    /// paused one, keeps its mixture.
    func proportionalSteps() -> [Action] {
        let active = all.filter { $0.replicas > 0 }
        if active.count <= 1 {
            let latest = active.first ?? new ?? old.last
            return latest.map { scale($0, to: deployment.replicas) } ?? []
        }
        if isSaturated { return oldActive.flatMap { scale($0, to: 0) } }
        guard !deployment.isRecreate else { return [] }
        let allowed = deployment.replicas > 0 ? deployment.replicas + deployment.maxSurge : 0
        let toAdd = allowed - wantedPods
        // The largest change most; of the same size the newer grows and the older shrinks.
        let newestFirst = Array(Deployment.oldestFirst(active).reversed())
        let ordered = (toAdd > 0 ? newestFirst : newestFirst.reversed()).enumerated()
            .sorted { ($1.element.replicas, $0.offset) < ($0.element.replicas, $1.offset) }
            .map(\.element)
        var sizes: [Int] = []
        var added = 0
        for set in ordered {
            let share = toAdd == 0 ? 0 : proportion(set, toAdd: toAdd, added: added)
            sizes.append(set.replicas + share)
            added += share
        }
        if toAdd != 0, let first = sizes.first { sizes[0] = max(0, first + toAdd - added) }
        return zip(ordered, sizes).flatMap { scale($0, to: max(0, $1)) }
    }

    /// The new ReplicaSet has all the pods the Deployment wants, and they are available.
    private var isSaturated: Bool {
        guard let new else { return false }
        return new.replicas == deployment.replicas && new.counted("availableReplicas") == deployment.replicas
            && new.annotations[Deployment.desiredReplicas] == String(new.replicas)
    }

    private func proportion(_ set: KubernetesObject, toAdd: Int, added: Int) -> Int {
        guard toAdd != added else { return 0 }
        let rest = toAdd - added
        let share = fraction(set)
        return toAdd > 0 ? min(share, rest) : max(share, rest)
    }

    private func fraction(_ set: KubernetesObject) -> Int {
        guard deployment.replicas > 0 else { return -set.replicas }
        let now = deployment.replicas + deployment.maxSurge
        let before = set.annotations[Deployment.maxReplicas].flatMap { Int32($0) }.map(Int.init) ?? 0
        let size = before > 0 ? before : deployment.object.counted("replicas")
        guard size > 0 else { return 0 }
        return Int((Double(set.replicas) * Double(now) / Double(size)).rounded()) - set.replicas
    }
}
