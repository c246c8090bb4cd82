package import EnvoyAPI

/// The client's end of incremental ADS: what is wanted, what is held, and what to say next. Pure; survives streams.
///
/// ``open(node:)`` starts a stream with everything wanted and the versions held, so that an unchanged server sends
/// nothing. Every response gets exactly one ``conclude(_:rejecting:)``, in the order of arrival.
package struct DeltaClientStream: Sendable {
    /// What the client sends (`envoy.service.discovery.v3.DeltaDiscoveryRequest`).
    package typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    /// What the server sends (`envoy.service.discovery.v3.DeltaDiscoveryResponse`).
    package typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    private struct Subscription: Sendable {
        var names = SubscribedNames()
        /// Whether this stream has seen the first request of the type.
        var isOpen = false
        /// The versions of the resources in use.
        var versions: [String: String] = [:]
    }

    private var subscriptions: [ResourceType: Subscription] = [:]
    private var isConnected = false
    private var hasSentNode = false
    private var node = Envoy_Config_Core_V3_Node()

    /// Nothing wanted, nothing held.
    package init() {}

    /// Begins a new stream and returns its first requests, in push order; the first carries the node.
    package mutating func open(node: Envoy_Config_Core_V3_Node) -> [Request] {
        self.node = node
        isConnected = true
        hasSentNode = false
        for type in subscriptions.keys { subscriptions[type]?.isOpen = false }
        return subscriptions.keys.sorted { $0.pushRank < $1.pushRank }.compactMap { type in
            guard let subscription = subscriptions[type], !subscription.names.isEmpty else { return nil }
            return request(opening: type)
        }
    }

    /// Notes that the stream is gone; what is held stays valid.
    package mutating func close() {
        isConnected = false
    }

    /// Replaces what is wanted of a type and returns the request that says so, nil when nothing changes or no stream
    /// is open. `nil` names stand for the wildcard.
    package mutating func want(_ type: ResourceType, names: Set<String>?) -> Request? {
        let former = subscriptions[type, default: Subscription()].names
        var wanted = SubscribedNames()
        if let names { for name in names { wanted.insert(name) } } else { wanted.insert(SubscribedNames.wildcard) }
        guard wanted != former else { return nil }
        subscriptions[type]?.names = wanted
        if subscriptions[type] == nil { subscriptions[type] = Subscription(names: wanted) }
        for name in subscriptions[type]?.versions.keys.map({ $0 }) ?? [] where !wanted.covers(name) {
            subscriptions[type]?.versions[name] = nil
        }
        guard isConnected else { return nil }
        guard subscriptions[type]?.isOpen == true else { return request(opening: type) }
        var request = blank(type)
        request.resourceNamesSubscribe = wanted.explicit.subtracting(former.explicit).sorted()
        request.resourceNamesUnsubscribe = former.explicit.subtracting(wanted.explicit).sorted()
        if wanted.isWildcard, !former.isWildcard { request.resourceNamesSubscribe.append(SubscribedNames.wildcard) }
        if former.isWildcard, !wanted.isWildcard { request.resourceNamesUnsubscribe.append(SubscribedNames.wildcard) }
        return request
    }

    /// Concludes a response: ACK when nothing is rejected, otherwise a NACK that names every resource and reason.
    ///
    /// Resources not rejected count as held in the new version; rejected ones stay in the version held before.
    package mutating func conclude(_ response: Response, rejecting rejections: [ResourceRejection]) -> Request {
        let type = ResourceType(typeURL: response.typeURL)
        let refused = Set(rejections.map(\.name))
        for resource in response.resources where !refused.contains(resource.name) {
            guard subscriptions[type]?.names.covers(resource.name) == true else { continue }
            subscriptions[type]?.versions[resource.name] = resource.version
        }
        for name in response.removedResources where !refused.contains(name) {
            subscriptions[type]?.versions[name] = nil
        }
        var request = blank(type)
        request.responseNonce = response.nonce
        if !rejections.isEmpty {
            request.errorDetail.code = Self.invalidArgument
            request.errorDetail.message = rejections.map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
        }
        return request
    }

    /// The versions held of a type, by name.
    package func versions(of type: ResourceType) -> [String: String] {
        subscriptions[type]?.versions ?? [:]
    }

    /// What is wanted of a type.
    package func names(of type: ResourceType) -> SubscribedNames {
        subscriptions[type]?.names ?? SubscribedNames()
    }

    /// `google.rpc.Code.INVALID_ARGUMENT`, as Envoy's NACKs carry.
    private static let invalidArgument: Int32 = 3

    private mutating func request(opening type: ResourceType) -> Request {
        var request = blank(type)
        guard let subscription = subscriptions[type] else { return request }
        subscriptions[type]?.isOpen = true
        request.resourceNamesSubscribe = subscription.names.explicit.sorted()
        if subscription.names.isWildcard { request.resourceNamesSubscribe.append(SubscribedNames.wildcard) }
        request.initialResourceVersions = subscription.versions
        return request
    }

    private mutating func blank(_ type: ResourceType) -> Request {
        var request = Request()
        request.typeURL = type.typeURL
        if !hasSentNode {
            request.node = node
            hasSentNode = true
        }
        return request
    }
}

/// One resource a client refuses, and why.
package struct ResourceRejection: Sendable, Equatable {
    /// The resource's name.
    package var name: String
    /// What is wrong with it: the field and the reason.
    package var reason: String

    /// Names a refused resource.
    package init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}
