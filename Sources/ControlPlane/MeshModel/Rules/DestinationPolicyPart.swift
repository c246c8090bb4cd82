package import MeshConfig

/// Where a subset of a merged policy is written.
package struct SubsetOrigin: Sendable, Hashable {
    /// The position in `DestinationPolicy.sources`.
    package var source: Int
    /// The position in that rule's `subsets`.
    package var position: Int

    package init(source: Int, position: Int) {
        self.source = source
        self.position = position
    }
}

/// The part of a DestinationRule that decides something, for people who ask where it comes from.
package struct DestinationPolicyPart: Sendable, Hashable {
    package var object: ObjectKey
    /// Below the object's spec, such as `subsets[1].trafficPolicy.connectionPool`.
    package var path: String
    /// Where that part begins, else what it is in; nil for objects that came without a file.
    package var location: SourceLocation?
}

/// A block of a traffic policy that is taken or left as a whole.
package enum TrafficPolicyBlock: String, Sendable, CaseIterable {
    case loadBalancer
    case connectionPool
    case outlierDetection
    case retryBudget
    case tls
}

extension DestinationPolicy {
    /// One policy that counts for a subset: where it is written, and what is in it.
    fileprivate struct Layer {
        var policy: TrafficPolicy
        var part: DestinationPolicyPart
        var isOfSubset = false
    }

    /// The part that gives `block` to a subset (nil or empty: the whole service) and a port, by the rules of
    /// `TrafficPolicy.effective`; without a block the most particular part there is. Nil if no rule says anything.
    package func part(of block: TrafficPolicyBlock?, subset name: String?, port: UInt32?) -> DestinationPolicyPart? {
        guard let block else { return mostParticularPart(subset: name, port: port) }
        var found: DestinationPolicyPart?
        for layer in layers(subset: name) {
            if let index = layer.policy.settings(for: port) {
                // A port replaces all that it may say of the rest; the retry budget is no such thing for a subset.
                if block != .retryBudget || !layer.isOfSubset { found = layer.portPart(index, block) }
            } else if let place = layer.policy.place(of: block, in: layer.part) {
                found = place
            }
        }
        return found
    }

    private func mostParticularPart(subset name: String?, port: UInt32?) -> DestinationPolicyPart? {
        let layers = layers(subset: name)
        if let index = subsets.firstIndex(where: { $0.name == name ?? "" }) {
            guard subsets[index].trafficPolicy != nil, let own = layers.last else { return subsetPart(index) }
            return own.policy.settings(for: port).flatMap { own.portPart($0) } ?? own.part
        }
        guard let whole = layers.first else { return nil }
        return whole.policy.settings(for: port).flatMap { whole.portPart($0) } ?? whole.part
    }

    /// The policies that count, the one that overrides others last.
    private func layers(subset name: String?) -> [Layer] {
        var layers: [Layer] = []
        if let trafficPolicy, let object = source(trafficPolicySource) {
            let part = DestinationPolicyPart(object: object, path: "trafficPolicy", location: metadata.source)
            layers.append(Layer(policy: trafficPolicy, part: part))
        }
        guard let name, !name.isEmpty, let index = subsets.firstIndex(where: { $0.name == name }),
            let policy = subsets[index].trafficPolicy, var part = subsetPart(index)
        else { return layers }
        part.path += ".trafficPolicy"
        layers.append(Layer(policy: policy, part: part, isOfSubset: true))
        return layers
    }

    private func subsetPart(_ index: Int) -> DestinationPolicyPart? {
        guard subsetOrigins.indices.contains(index), let object = source(subsetOrigins[index].source) else {
            return nil
        }
        return DestinationPolicyPart(
            object: object,
            path: "subsets[\(subsetOrigins[index].position)]",
            location: subsets[index].source ?? metadata.source
        )
    }

    private func source(_ position: Int) -> ObjectKey? { sources.indices.contains(position) ? sources[position] : nil }
}

extension DestinationPolicy.Layer {
    /// The settings of one port; of these one block, nil where they leave it out.
    fileprivate func portPart(_ index: Int, _ block: TrafficPolicyBlock? = nil) -> DestinationPolicyPart? {
        let settings = policy.portLevelSettings[index]
        var result = part
        result.path += ".portLevelSettings[\(index)]"
        result.location = settings.source ?? part.location
        guard let block else { return result }
        var policy = TrafficPolicy()
        policy.loadBalancer = settings.loadBalancer
        policy.connectionPool = settings.connectionPool
        policy.outlierDetection = settings.outlierDetection
        policy.tls = settings.tls
        return policy.place(of: block, in: result)
    }
}

extension TrafficPolicy {
    /// The position of the settings for `port`.
    fileprivate func settings(for port: UInt32?) -> Int? {
        port.flatMap { port in portLevelSettings.firstIndex { $0.port?.number == port } }
    }

    /// Where `block` is written, if it is; `part` is where this policy is.
    fileprivate func place(of block: TrafficPolicyBlock, in part: DestinationPolicyPart) -> DestinationPolicyPart? {
        let source: SourceLocation??
        switch block {
        case .loadBalancer: source = loadBalancer.map(\.source)
        case .connectionPool: source = connectionPool.map(\.source)
        case .outlierDetection: source = outlierDetection.map(\.source)
        case .retryBudget: source = retryBudget.map { _ in nil }
        case .tls: source = tls.map { _ in nil }
        }
        guard let source else { return nil }
        var result = part
        result.path += ".\(block.rawValue)"
        result.location = source ?? part.location
        return result
    }
}
