package import EnvoyAPI

/// The server's end of one incremental subscription (xDS protocol, "Incremental xDS").
package struct DeltaSubscription: ServerSubscription {
    /// What the client sends (`envoy.service.discovery.v3.DeltaDiscoveryRequest`).
    package typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    /// What the server sends (`envoy.service.discovery.v3.DeltaDiscoveryResponse`).
    package typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    /// What the client holds under a name.
    private struct Holding: Sendable {
        /// Version last sent; nil: the client was told that there is no such resource.
        var sent: String?
        /// Version last accepted.
        var accepted: String?
    }

    package private(set) var names = SubscribedNames()
    package private(set) var due = DueAnswer()
    private let type: ResourceType
    private var isOpen = false
    private var holdings: [String: Holding] = [:]
    private var setVersion = SetVersion()
    private var pending: [String] = []
    private var standing: SubscriptionStatus

    package init(type: ResourceType) {
        self.type = type
        standing = SubscriptionStatus(type: type)
    }

    /// The type URL is set on every request, also on those that only acknowledge.
    package static func type(of request: Request) -> ResourceType {
        ResourceType(typeURL: request.typeURL)
    }

    package var isInFlight: Bool { standing.isInFlight }

    /// The version the client is known to have accepted under a name, nil when none.
    package func acceptedVersion(of name: String) -> String? { holdings[name]?.accepted }

    package var status: SubscriptionStatus {
        var status = standing
        status.isWildcard = names.isWildcard
        status.nameCount = names.explicit.count
        status.resourceCount = holdings.values.count(where: { $0.sent != nil })
        return status
    }

    /// Owes a comparison with what exists; nothing before the first request or while no name is subscribed.
    package mutating func markChanged() {
        guard isOpen, !names.isEmpty else { return }
        due.changed = true
    }

    /// Owes these of the subscribed names, whatever version the client holds.
    package mutating func force(_ forced: Set<String>) {
        due.names.formUnion(forced.filter { names.covers($0) })
    }

    /// Owes every subscribed name; nothing before the first request.
    package mutating func forceEverything() {
        guard isOpen, !names.isEmpty else { return }
        due.everything = true
    }
}

// MARK: Requests

extension DeltaSubscription {
    /// Takes in the verdict on the response in flight and the change of the subscription, each on its own.
    package mutating func receive(_ request: Request) -> RequestOutcome {
        let verdict = verdict(of: request)
        // A delta request plays two independent parts, the verdict and the change of the subscription; the second
        // holds whatever becomes of the first.
        let asks = isOpen ? change(by: request) : open(by: request)
        return RequestOutcome(verdict, asks: asks)
    }

    private mutating func verdict(of request: Request) -> RequestOutcome.Verdict {
        guard !request.responseNonce.isEmpty else { return .none }
        guard standing.isInFlight, request.responseNonce == standing.sentNonce else { return isOpen ? .stale : .none }
        defer { pending = [] }
        guard !request.hasErrorDetail else {
            return .rejected(standing.refuse(code: request.errorDetail.code, reason: request.errorDetail.message))
        }
        for name in pending {
            let sent = holdings[name]?.sent
            holdings[name]?.accepted = sent
        }
        standing.acknowledge()
        return .acknowledged
    }

    private mutating func open(by request: Request) -> Bool {
        isOpen = true
        if request.resourceNamesSubscribe.isEmpty, type.isWildcardByDefault {
            names.insert(SubscribedNames.wildcard)
        }
        for name in request.resourceNamesSubscribe { names.insert(name) }
        for name in request.resourceNamesUnsubscribe { names.remove(name) }
        for (name, version) in request.initialResourceVersions where names.covers(name) {
            hold(name, version: version)
            holdings[name]?.accepted = version
        }
        guard !names.isEmpty else { return false }
        due.changed = true
        due.evenIfEmpty = request.initialResourceVersions.isEmpty
        return true
    }

    private mutating func change(by request: Request) -> Bool {
        var asks = false
        for name in request.resourceNamesSubscribe {
            asks = true
            names.insert(name)
            if name == SubscribedNames.wildcard {
                due.everything = true
                due.evenIfEmpty = true
            } else {
                // Also a name the client seems to hold: it may have forgotten it (xDS protocol, "Subscribing to
                // Resources").
                due.names.insert(name)
            }
        }
        for name in request.resourceNamesUnsubscribe { asks = unsubscribe(name) || asks }
        return asks
    }

    /// Returns whether an answer is owed: under a wildcard the client cannot know whether the name is still part of
    /// what it gets, so it must be told (xDS protocol, "Unsubscribing From Resources").
    private mutating func unsubscribe(_ name: String) -> Bool {
        names.remove(name)
        if name == SubscribedNames.wildcard {
            for held in holdings.keys where !names.covers(held) { release(held) }
            due.everything = false
            due.names = due.names.filter { names.covers($0) }
            if names.isEmpty { due = DueAnswer() }
            return false
        }
        release(name)
        guard names.isWildcard else {
            due.names.remove(name)
            if names.isEmpty { due = DueAnswer() }
            return false
        }
        due.names.insert(name)
        return true
    }

    private mutating func hold(_ name: String, version: String?) {
        let former = holdings[name]
        if let sent = former?.sent { setVersion.remove(name: name, version: sent) }
        if let version { setVersion.insert(name: name, version: version) }
        holdings[name] = Holding(sent: version, accepted: former?.accepted)
    }

    private mutating func release(_ name: String) {
        guard let former = holdings.removeValue(forKey: name) else { return }
        if let sent = former.sent { setVersion.remove(name: name, version: sent) }
    }
}

// MARK: Responses

extension DeltaSubscription {
    /// Sends what differs from the versions held, and the names held that exist no more as `removed_resources`.
    package mutating func answer(
        with resources: [VersionedResource],
        nonce: String,
        holdingRemovals: Bool
    ) -> Answer<Response>? {
        let owed = due
        due = DueAnswer()
        var response = Response()
        var added: [String] = []
        var updated: [String] = []
        var existing: Set<String> = []
        existing.reserveCapacity(resources.count)
        for resource in resources where names.covers(resource.name) {
            existing.insert(resource.name)
            let held = holdings[resource.name]?.sent
            guard held != resource.version || owed.forces(resource.name) else { continue }
            if held == nil {
                added.append(resource.name)
            } else if held != resource.version {
                updated.append(resource.name)
            }
            hold(resource.name, version: resource.version)
            response.resources.append(Self.envelope(resource))
        }
        let removed = removals(existing: existing, owed: owed, holding: holdingRemovals)
        guard !response.resources.isEmpty || !removed.isEmpty || owed.evenIfEmpty else { return nil }
        response.typeURL = type.typeURL
        response.nonce = nonce
        response.removedResources = removed
        response.systemVersionInfo = setVersion.description
        pending = response.resources.map(\.name)
        standing.send(nonce: nonce, version: response.systemVersionInfo)
        return Answer(response: response, added: added, updated: updated, removed: removed)
    }

    /// Names to take away: those the client holds, and those it asked for that do not exist (it learns that once, or
    /// whenever it asks again).
    private mutating func removals(existing: Set<String>, owed: DueAnswer, holding: Bool) -> [String] {
        var removed: [String] = []
        for (name, held) in holdings where held.sent != nil && !existing.contains(name) {
            if holding, !owed.names.contains(name) { due.removals = true } else { removed.append(name) }
        }
        for name in names.explicit.union(owed.names) where !existing.contains(name) {
            if let held = holdings[name] {
                if held.sent == nil, owed.forces(name) { removed.append(name) }
            } else {
                removed.append(name)
            }
        }
        for name in removed {
            // Remembered only for names asked for one by one; the wildcard does not promise them.
            if names.explicit.contains(name) { hold(name, version: nil) } else { release(name) }
        }
        return removed.sorted()
    }

    private static func envelope(_ resource: VersionedResource) -> Envoy_Service_Discovery_V3_Resource {
        var envelope = Envoy_Service_Discovery_V3_Resource()
        envelope.name = resource.name
        envelope.version = resource.version
        envelope.resource = resource.body
        return envelope
    }
}
