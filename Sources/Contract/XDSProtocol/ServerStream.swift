/// The server's end of one ADS stream: every subscription on it and the order between them. Pure.
///
/// Events: ``receive(_:)`` and ``markChanged(_:)``. The action is ``next()``: what to generate now, answered with
/// ``answer(_:with:)``. The caller writes answers in the order in which it gets them.
package struct ServerStream<Subscription: ServerSubscription>: Sendable {
    private var subscriptions: [ResourceType: Subscription] = [:]
    private var lastNonce: UInt64 = 0
    /// Whether listeners and routes wait because clusters were added whose endpoints the client has not taken yet.
    ///
    /// A route that names a cluster which is still warming is answered with 503 until it is warm. What waits is let go
    /// when the endpoints are acknowledged, or by ``releaseReferrers(ofHold:)`` if the new clusters have none to ask for.
    package private(set) var holdsReferrers = false
    /// Tells one hold from the next: how many there were.
    package private(set) var holds = 0
    private var hasSentClusters = false
    private let typeLimit: Int

    /// A stream without subscriptions; `typeLimit` bounds how many types a client may open (memory).
    package init(typeLimit: Int = 64) {
        self.typeLimit = typeLimit
    }

    /// Work for the generator: the resources of one type for this client.
    package struct Generation: Sendable, Equatable {
        /// The type to generate.
        package var type: ResourceType
        /// The names asked for one by one, or nil when everything is asked for.
        package var names: Set<String>?
        /// Whether removals wait for the types that may still refer to what goes away.
        package var holdsRemovals: Bool

        /// Describes work for the generator.
        package init(type: ResourceType, names: Set<String>?, holdsRemovals: Bool) {
            self.type = type
            self.names = names
            self.holdsRemovals = holdsRemovals
        }
    }

    /// Takes a request in; nil when the client has opened too many types.
    package mutating func receive(_ request: Subscription.Request) -> (ResourceType, RequestOutcome)? {
        let type = Subscription.type(of: request)
        guard subscriptions[type] != nil || subscriptions.count < typeLimit else { return nil }
        let outcome = subscriptions[type, default: Subscription(type: type)].receive(request)
        if type == .eds, case .acknowledged = outcome.verdict, isSettled(.cds), isSettled(.eds) {
            holdsReferrers = false
        }
        return (type, outcome)
    }

    /// Lets the listeners and routes of one hold go: the client had its time to ask for the endpoints of new clusters.
    ///
    /// `hold` is ``holds`` as it was when the wait began; a hold that began later goes on.
    package mutating func releaseReferrers(ofHold hold: Int) {
        if hold == holds { holdsReferrers = false }
    }

    private func isSettled(_ type: ResourceType) -> Bool {
        guard let subscription = subscriptions[type] else { return true }
        return !subscription.isInFlight && (subscription.due.isEmpty || subscription.due.isRemovalsOnly)
    }

    /// Notes that resources of these types may have changed for this client.
    package mutating func markChanged(_ types: Set<ResourceType>) {
        for type in types { subscriptions[type]?.markChanged() }
    }

    /// What to generate next, or nil when nothing may be sent now.
    ///
    /// Order: CDS, EDS, LDS, RDS, then the rest. Removals of clusters and endpoints go last, once listeners and
    /// routes that may refer to them are settled (make before break).
    package func next() -> Generation? {
        let ready = subscriptions.filter { $0.value.isReady }.sorted { $0.key.pushRank < $1.key.pushRank }
        for (type, subscription) in ready {
            if holdsReferrers, type == .lds || type == .rds { continue }
            let holds = mustHoldRemovals(of: type)
            if holds, subscription.due.isRemovalsOnly { continue }
            let names = subscription.names
            return Generation(type: type, names: names.isWildcard ? nil : names.explicit, holdsRemovals: holds)
        }
        return nil
    }

    /// Builds the response for a generation from what was generated, or nil when the client has it all.
    package mutating func answer(
        _ generation: Generation,
        with resources: [VersionedResource]
    ) -> Answer<Subscription.Response>? {
        lastNonce &+= 1
        let answer = subscriptions[generation.type]?.answer(
            with: resources,
            nonce: String(lastNonce, radix: 36),
            holdingRemovals: generation.holdsRemovals
        )
        if let answer { warm(generation.type, after: answer) }
        return answer
    }

    /// Every subscription's standing, in push order.
    package var status: [SubscriptionStatus] {
        subscriptions.sorted { $0.key.pushRank < $1.key.pushRank }.map(\.value.status)
    }

    /// The standing of one type, nil when the client never asked for it.
    package func status(of type: ResourceType) -> SubscriptionStatus? {
        subscriptions[type]?.status
    }

    /// The types the client has asked for.
    package var types: Set<ResourceType> { Set(subscriptions.keys) }

    /// The names asked for, nil when the client never asked for the type.
    package func names(of type: ResourceType) -> SubscribedNames? {
        subscriptions[type]?.names
    }

    private func mustHoldRemovals(of type: ResourceType) -> Bool {
        let waitsFor: [ResourceType] =
            switch type {
            case .cds: [.lds, .rds]
            case .eds: [.cds, .lds, .rds]
            default: []
            }
        return waitsFor.contains { other in
            guard let subscription = subscriptions[other] else { return false }
            return subscription.isInFlight || !(subscription.due.isEmpty || subscription.due.isRemovalsOnly)
                || (other == .cds && subscription.due.removals)
        }
    }

    /// A changed cluster warms until its endpoints come, a changed listener until its routes come, even when those
    /// did not change (xDS protocol, "Resource warming").
    private mutating func warm(_ type: ResourceType, after answer: Answer<Subscription.Response>) {
        guard let child = type.warmedBy else { return }
        if type == .cds {
            // The first clusters of a stream hold up nothing: nobody sends requests by what is not there yet.
            if hasSentClusters, !answer.added.isEmpty, subscriptions[child] != nil, !holdsReferrers {
                holdsReferrers = true
                holds &+= 1
            }
            hasSentClusters = true
            subscriptions[child]?.force(Set(answer.updated).union(answer.added))
        } else if !answer.updated.isEmpty {
            // A listener's name does not tell its routes' names.
            subscriptions[child]?.forceEverything()
        }
    }
}
