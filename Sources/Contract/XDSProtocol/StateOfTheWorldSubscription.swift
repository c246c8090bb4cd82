package import EnvoyAPI

/// The server's end of one state-of-the-world subscription (xDS protocol, "State of the World").
///
/// Listeners and clusters always go as the full set, because absence means removal. Of the other types only what
/// changed or was asked for goes; what is left out stays at the client.
package struct StateOfTheWorldSubscription: ServerSubscription {
    /// What the client sends (`envoy.service.discovery.v3.DiscoveryRequest`).
    package typealias Request = Envoy_Service_Discovery_V3_DiscoveryRequest
    /// What the server sends (`envoy.service.discovery.v3.DiscoveryResponse`).
    package typealias Response = Envoy_Service_Discovery_V3_DiscoveryResponse

    package private(set) var names = SubscribedNames()
    package private(set) var due = DueAnswer()
    private let type: ResourceType
    private var isOpen = false
    private var hasNamed = false
    private var holdings: [String: String] = [:]
    private var setVersion = SetVersion()
    private var standing: SubscriptionStatus

    package init(type: ResourceType) {
        self.type = type
        standing = SubscriptionStatus(type: type)
    }

    package var isInFlight: Bool { standing.isInFlight }

    /// The type URL is set on every request, also on those that only acknowledge.
    package static func type(of request: Request) -> ResourceType {
        ResourceType(typeURL: request.typeURL)
    }

    package var status: SubscriptionStatus {
        var status = standing
        status.isWildcard = names.isWildcard
        status.nameCount = names.explicit.count
        status.resourceCount = holdings.count
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

extension StateOfTheWorldSubscription {
    /// Takes in a request; its names replace those before, and its nonce tells which response it judges.
    package mutating func receive(_ request: Request) -> RequestOutcome {
        guard isOpen, !request.responseNonce.isEmpty else { return open(by: request) }
        guard request.responseNonce == standing.sentNonce else {
            // A nonce from before this stream cannot be told from a stale one once something was sent.
            return standing.sentNonce.isEmpty ? open(by: request) : RequestOutcome(.stale, asks: false)
        }
        let wasInFlight = isInFlight
        let asksMore = adopt(request.resourceNames)
        if request.hasErrorDetail {
            let refused = standing.refuse(code: request.errorDetail.code, reason: request.errorDetail.message)
            return RequestOutcome(.rejected(refused), asks: asksMore)
        }
        if wasInFlight { standing.acknowledge() }
        // The same names again with nothing in flight: a client that warms a new parent asks anew for what it is
        // believed to hold (Istio's AlwaysRespond).
        let asksAgain = !wasInFlight && !asksMore && !type.isFullSet && !names.isEmpty
        if asksAgain { due.everything = true }
        return RequestOutcome(wasInFlight ? .acknowledged : .none, asks: asksAgain || asksMore)
    }

    /// A request without a nonce (or with one from an earlier stream before anything was sent on this one).
    private mutating func open(by request: Request) -> RequestOutcome {
        let wasOpen = isOpen
        isOpen = true
        standing.isInFlight = false
        adopt(request.resourceNames)
        guard !names.isEmpty else {
            due = DueAnswer()
            return RequestOutcome(.none, asks: false)
        }
        // A full set the client already holds need not be sent again after a reconnect: the version names the
        // content. Partial types are always answered, since the version does not say which names it covered.
        if type.isFullSet, !wasOpen, !request.versionInfo.isEmpty {
            standing.sentVersion = request.versionInfo
            standing.ackedVersion = request.versionInfo
            due = DueAnswer()
            due.changed = true
        } else {
            due.everything = true
            due.evenIfEmpty = type.isFullSet || type.isWildcardByDefault
        }
        return RequestOutcome(.none, asks: true)
    }

    /// Takes over the list of names and owes an answer for the new ones; returns whether there are any.
    @discardableResult
    private mutating func adopt(_ list: [String]) -> Bool {
        let former = names
        names.replace(with: list, legacyWildcard: type.isWildcardByDefault && !hasNamed)
        if !list.isEmpty { hasNamed = true }
        for name in holdings.keys where !names.covers(name) { release(name) }
        if names.isEmpty { due = DueAnswer() }
        if names.isWildcard, !former.isWildcard {
            due.everything = true
            return true
        }
        let added = names.explicit.subtracting(former.explicit)
        due.names.formUnion(added)
        return !added.isEmpty
    }

    private mutating func release(_ name: String) {
        guard let version = holdings.removeValue(forKey: name) else { return }
        setVersion.remove(name: name, version: version)
    }

    private mutating func hold(_ name: String, version: String) {
        if let former = holdings.updateValue(version, forKey: name) {
            setVersion.remove(name: name, version: former)
        }
        setVersion.insert(name: name, version: version)
    }
}

// MARK: Responses

extension StateOfTheWorldSubscription {
    /// `holdingRemovals` has no meaning here: absence from the full set is the removal.
    package mutating func answer(
        with resources: [VersionedResource],
        nonce: String,
        holdingRemovals: Bool
    ) -> Answer<Response>? {
        let owed = due
        due = DueAnswer()
        let covered = resources.filter { names.covers($0.name) }
        let former = holdings
        let existing = Set(covered.map(\.name))
        let removed = former.keys.filter { !existing.contains($0) }.sorted()
        for name in removed { release(name) }
        for resource in covered { hold(resource.name, version: resource.version) }

        var sent = covered
        if type.isFullSet {
            let forced = owed.everything || owed.evenIfEmpty || !owed.names.isEmpty
            guard forced || setVersion.description != standing.sentVersion else { return nil }
        } else {
            sent = covered.filter { former[$0.name] != $0.version || owed.forces($0.name) }
            guard !sent.isEmpty || owed.evenIfEmpty else { return nil }
        }
        var response = Response()
        response.typeURL = type.typeURL
        response.nonce = nonce
        response.versionInfo = setVersion.description
        response.resources = sent.map(\.body)
        standing.send(nonce: nonce, version: response.versionInfo)
        var added: [String] = []
        var updated: [String] = []
        for resource in sent {
            if let held = former[resource.name] {
                if held != resource.version { updated.append(resource.name) }
            } else {
                added.append(resource.name)
            }
        }
        return Answer(response: response, added: added, updated: updated, removed: removed)
    }
}
