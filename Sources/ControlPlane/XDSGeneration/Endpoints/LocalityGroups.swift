import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Endpoints of one locality and priority.
struct LocalityGroup {
    var locality: Locality
    var endpoints: [WorkloadEndpoint]
    var priority = 0
    /// Share of the locality; nil for the sum of its endpoints' weights.
    var weight: UInt32?

    var localityLbEndpoints: XDS.LocalityLbEndpoints {
        var result = XDS.LocalityLbEndpoints()
        if !locality.isEmpty {
            result.locality.region = locality.region
            result.locality.zone = locality.zone
            result.locality.subZone = locality.subzone
        }
        result.priority = UInt32(clamping: priority)
        result.lbEndpoints = endpoints.map(\.lbEndpoint)
        result.loadBalancingWeight = .init(weight ?? UInt32(clamping: totalWeight))
        return result
    }

    fileprivate var totalWeight: UInt64 { endpoints.reduce(0) { $0 &+ UInt64(max(1, $1.weight)) } }
}

/// Endpoints by locality, and the rules by which localities are preferred (rule 32; Istio `loadbalancer.go`).
struct LocalityGroups {
    private var groups: [LocalityGroup]

    init(_ endpoints: [WorkloadEndpoint]) {
        var endpoints = endpoints
        // Envoy refuses weights whose sum does not fit 32 bits.
        if endpoints.reduce(UInt64(0), { $0 &+ UInt64($1.weight) }) > UInt64(UInt32.max) {
            for index in endpoints.indices { endpoints[index].weight = 1 }
        }
        groups = Dictionary(grouping: endpoints, by: \.locality)
            .sorted { $0.key < $1.key }
            .map { LocalityGroup(locality: $0.key, endpoints: $0.value) }
    }

    /// Groups as they are, none preferred.
    var all: [LocalityGroup] { groups }

    /// Groups with weights and priorities in force for a proxy; priorities are 0, 1, 2 ... without gaps.
    ///
    /// - Parameter ejects: whether endpoints that fail are ejected, without which nothing would ever fail over.
    func arranged(for view: ProxyView, preference: LocalityPreference, ejects: Bool) -> [LocalityGroup] {
        var result = groups
        switch preference {
        case .localities(let setting, _) where !setting.distribute.isEmpty:
            Self.distribute(&result, setting.distribute, from: view.locality)
        case .localities(let setting, let always) where ejects || always:
            if !setting.failoverPriority.isEmpty { result = Self.byLabels(result, setting.failoverPriority, view) }
            if setting.failoverPriority.isEmpty || !setting.failover.isEmpty {
                Self.byDistance(&result, setting.failover, from: view.locality)
            }
        case .zones(let setting) where setting.enabled != false:
            if !setting.failoverPriority.isEmpty { result = Self.byLabels(result, setting.failoverPriority, view) }
            Self.byRegion(&result, setting.failover, from: view.locality)
        case .none, .localities, .zones: break
        }
        return Self.withoutGaps(result)
    }

    /// Explicit shares; localities without one get nothing.
    private static func distribute(
        _ groups: inout [LocalityGroup],
        _ rules: [LocalityLbSetting.Distribute],
        from locality: Locality
    ) {
        guard let rule = rules.first(where: { locality.isCovered(by: $0.from) }) else { return }
        var rest = Set(groups.indices)
        // The most specific pattern takes a locality first.
        for (pattern, share) in rule.to.sorted(by: { ($1.key.count, $0.key) < ($0.key.count, $1.key) }) {
            let covered = rest.filter { groups[$0].locality.isCovered(by: pattern) }
            rest.subtract(covered)
            let total = covered.reduce(UInt64(0)) { $0 &+ groups[$1].totalWeight }
            guard total > 0 else { continue }
            for index in covered {
                let weight = Double(groups[index].totalWeight) * Double(share) / Double(total)
                groups[index].weight = weight > 0 ? UInt32(weight.rounded(.up)) : nil
                if weight <= 0 { groups[index].endpoints = [] }
            }
        }
        for index in rest { groups[index].endpoints = [] }
        groups.removeAll(where: \.endpoints.isEmpty)
    }

    /// Priority by how much of the locality is shared; regions a rule does not name come last.
    private static func byDistance(
        _ groups: inout [LocalityGroup],
        _ rules: [LocalityLbSetting.Failover],
        from locality: Locality
    ) {
        let rule = rules.first { $0.from == locality.region }
        for index in groups.indices {
            var distance = locality.distance(to: groups[index].locality)
            if distance == 3, let rule, groups[index].locality.region != rule.to { distance = 4 }
            groups[index].priority = groups[index].priority * 5 + distance
        }
    }

    /// Priority by region alone, that a failing one is replaced by before all others (Istio
    /// `applyZoneAwareRegionalFailover`).
    private static func byRegion(
        _ groups: inout [LocalityGroup],
        _ rules: [LocalityLbSetting.Failover],
        from locality: Locality
    ) {
        let rule = rules.first { $0.from == locality.region }
        for index in groups.indices {
            let region = groups[index].locality.region
            let distance = region == locality.region ? 0 : region == rule?.to ? 1 : 2
            groups[index].priority = groups[index].priority * 3 + distance
        }
    }

    /// Splits localities by how many of the labels endpoints share with the proxy, from the front.
    ///
    /// Another network comes behind every endpoint of the proxy's own, there again in the order of the other labels.
    private static func byLabels(_ groups: [LocalityGroup], _ wanted: [String], _ view: ProxyView) -> [LocalityGroup] {
        let terms = wanted.map { term -> (label: String, value: String) in
            let parts = term.split(separator: "=", maxSplits: 1).map(String.init)
            let label = parts.first ?? ""
            return (label, parts.count == 2 ? parts[1] : view.label(label))
        }
        return groups.flatMap { group in
            let split = Dictionary(grouping: group.endpoints) { endpoint in
                let isShared = terms.map { endpoint.label($0.label) == $0.value }
                let isAway = wanted.first == LocalityPreference.networkLabel && isShared.first == false
                let first = isShared.dropFirst(isAway ? 1 : 0).firstIndex(of: false) ?? terms.count
                return (isAway ? terms.count : 0) + terms.count - first
            }
            return split.sorted { $0.key < $1.key }.map { priority, endpoints in
                LocalityGroup(locality: group.locality, endpoints: endpoints, priority: priority)
            }
        }
    }

    private static func withoutGaps(_ groups: [LocalityGroup]) -> [LocalityGroup] {
        let order = Set(groups.map(\.priority)).sorted()
        return groups.map { group in
            var group = group
            group.priority = order.firstIndex(of: group.priority) ?? 0
            return group
        }
    }
}

extension Locality {
    /// Whether a pattern such as `region/zone/*` covers the locality (Istio `util.LocalityMatch`).
    fileprivate func isCovered(by pattern: String) -> Bool {
        let wanted = Locality(pattern)
        func covers(_ part: String, _ own: String) -> Bool { part == "*" || part == own }
        return covers(wanted.region, region) && (wanted.zone.isEmpty || covers(wanted.zone, zone))
            && (wanted.subzone.isEmpty || covers(wanted.subzone, subzone))
    }

    /// 0 for the same subzone, 1 zone, 2 region, 3 none of them (Istio `util.LbPriority`).
    fileprivate func distance(to other: Locality) -> Int {
        guard region == other.region else { return 3 }
        guard zone == other.zone else { return 2 }
        return subzone == other.subzone ? 0 : 1
    }

    fileprivate func label(_ name: String) -> String? {
        switch name {
        case "topology.kubernetes.io/region": region
        case "topology.kubernetes.io/zone": zone
        case "topology.istio.io/subzone": subzone
        default: nil
        }
    }
}

extension WorkloadEndpoint {
    fileprivate func label(_ name: String) -> String {
        switch name {
        case "topology.istio.io/network": network
        case "kubernetes.io/hostname": labels[name] ?? nodeName
        default: labels[name] ?? locality.label(name) ?? ""
        }
    }
}

extension ProxyView {
    fileprivate func label(_ name: String) -> String {
        switch name {
        case "topology.istio.io/network": node.labels[name] ?? node.network
        case "kubernetes.io/hostname": node.labels[name] ?? node.nodeName
        default: node.labels[name] ?? locality.label(name) ?? ""
        }
    }
}
