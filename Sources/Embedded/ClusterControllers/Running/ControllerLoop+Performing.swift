import KubernetesAPI

extension Action {
    /// Whether it only teaches the ownership graph something.
    var onlyTeaches: Bool { if case .lookUp = self { true } else { false } }

    fileprivate var createdPod: (KubernetesObject, Report?)? {
        if case .create(.pods, let pod, let report) = self { (pod, report) } else { nil }
    }
}

extension ControllerLoop {
    /// Performs actions in order and stops at the first that fails. Pods next to each other are created 1, 2, 4 ...
    /// at a time, so that a cluster that refuses them is asked once and not for all.
    func perform(_ actions: [Action], by component: String) async throws(StatusError) {
        var rest = actions[...]
        var batch = 1
        while let action = rest.first {
            let pods = rest.prefix(batch).prefix { $0.createdPod != nil }.compactMap(\.createdPod)
            guard !pods.isEmpty else {
                try await perform(action, by: component)
                rest.removeFirst()
                batch = 1
                continue
            }
            let failure = await withTaskGroup(of: StatusError?.self) { group in
                for (pod, report) in pods {
                    group.addTask {
                        do throws(StatusError) {
                            try await self.create(pod, .pods, report, by: component)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                var first: StatusError?
                for await failure in group { first = first ?? failure }
                return first
            }
            if let failure { throw failure }
            rest.removeFirst(pods.count)
            batch = min(batch * 2, 16)
        }
    }

    private func perform(_ action: Action, by component: String) async throws(StatusError) {
        switch action {
        case .create(let type, let object, let report): try await create(object, type, report, by: component)
        case .patch(let type, let name, let patch, let subresource):
            do throws(StatusError) {
                apply(try await api.patch(type, name, .merge(patch), subresource), type, isOwn: true)
            } catch  where error.reason == .notFound {
                // The watch will tell that it is gone.
                return
            }
        case .delete(let type, let object, let options, let report):
            try await delete(object, type, options, report, by: component)
        case .record(let note): await recorder.record(note, component: component)
        case .lookUp(let owners, let namespace): try await lookUp(owners, namespace)
        case .empty(let namespace): try await empty(namespace)
        }
    }

    private func create(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ report: Report?,
        by component: String
    ) async throws(StatusError) {
        var attempt = 0
        while true {
            attempt += 1
            var named = object
            let isGenerated = object.name.isEmpty
            if isGenerated { named.name = NameSuffix.named(object["metadata", "generateName"]?.string ?? "") }
            do throws(StatusError) {
                let created = try await api.create(named, type)
                apply(created, type, isOwn: true)
                await tell(report, created.name, nil, by: component)
                return
            } catch {
                if isGenerated, error.reason == .alreadyExists, attempt < 4 { continue }
                // Nothing is created in a namespace that ends, and nobody needs to be told.
                if error.causes.contains(where: { $0.reason == "NamespaceTerminating" }) { return }
                await tell(report, named.name, error, by: component)
                throw error
            }
        }
    }

    private func delete(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ options: DeleteOptions,
        _ report: Report?,
        by component: String
    ) async throws(StatusError) {
        var options = options
        options.uid = object.uid
        do throws(StatusError) {
            try await api.delete(type, object.objectName, options)
            markDeleting(object, type)
            await tell(report, object.name, nil, by: component)
        } catch {
            if error.reason == .notFound { return }
            await tell(report, object.name, error, by: component)
            throw error
        }
    }

    private func tell(_ report: Report?, _ name: String, _ error: StatusError?, by component: String) async {
        guard let report else { return }
        let (reason, text) =
            error == nil ? (report.successReason, report.success) : (report.failureReason, report.failure)
        guard !reason.isEmpty else { return }
        let message = text.replacing("{name}", with: name).replacing("{error}", with: error?.message ?? "")
        let note = EventNote(report.about, error == nil ? .normal : .warning, reason: reason, message)
        await recorder.record(note, component: component)
    }

    private func lookUp(_ owners: [OwnerReference], _ namespace: String) async throws(StatusError) {
        for owner in owners {
            // An owner of a kind nobody serves is left alone: it may be served again.
            guard
                let type = servedTypes.first(where: { $0.kind == owner.kind && $0.apiVersion == owner.apiVersion })
                    ?? servedTypes.first(where: { $0.kind == owner.kind && $0.group == owner.group })
            else {
                learn(owner, .notServed)
                continue
            }
            do throws(StatusError) {
                let name = ObjectName(namespace: type.isNamespaced ? namespace : "", name: owner.name)
                learn(owner, .found(try await api.get(type, name), type))
            } catch  where error.reason == .notFound {
                learn(owner, .notFound)
            }
        }
    }

    private func empty(_ namespace: KubernetesObject) async throws(StatusError) {
        let types = servedTypes.filter(\.isNamespaced)
        let options = ListOptions(namespace: namespace.name)
        for type in types {
            for object in try await contents(type, options) where object.deletionTimestamp == nil {
                do throws(StatusError) {
                    try await api.delete(
                        type,
                        object.objectName,
                        DeleteOptions(propagation: .background, uid: object.uid)
                    )
                } catch  where error.reason == .notFound {
                    continue
                }
            }
        }
        var remaining: [(ResourceType, Int)] = []
        for type in types {
            let count = try await contents(type, options).count
            if count > 0 { remaining.append((type, count)) }
        }
        if remaining.isEmpty {
            try await perform(
                .patch(.namespaces, namespace.objectName, NamespaceController.release(namespace), nil),
                by: ""
            )
        } else if let action = NamespaceController.remaining(remaining, namespace, now: clock.now()) {
            try await perform(action, by: "")
        }
    }

    /// A type that is no longer served has nothing in it.
    private func contents(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> [KubernetesObject]
    {
        do throws(StatusError) {
            return try await api.list(type, options).items
        } catch  where error.reason == .notFound || error.reason == .methodNotAllowed {
            return []
        }
    }

    /// Deletes Events not seen for their lifetime, six times in it.
    func expireEvents() async {
        while (try? await clock.sleep(configuration.eventLifetime / 6)) != nil {
            let limit = configuration.eventLifetime.components.seconds
            let now = clock.now()
            guard let events = try? await api.list(.events, ListOptions()) else { continue }
            for event in events.items {
                let seen =
                    event["lastTimestamp"]?.string ?? event["eventTime"]?.string ?? event.creationTimestamp ?? ""
                guard let time = Timestamp(seen) ?? event.creationTimestamp.flatMap({ Timestamp($0) }),
                    now.seconds(since: time) > limit
                else { continue }
                _ = try? await api.delete(.events, event.objectName, DeleteOptions(uid: event.uid))
            }
        }
    }
}

extension OwnerReference {
    /// Empty for the core group.
    var group: String { apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : "" }
}
