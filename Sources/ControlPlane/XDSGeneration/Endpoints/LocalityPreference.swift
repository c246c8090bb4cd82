import MeshConfig
import MeshModel

/// How a proxy prefers some localities of a service's endpoints (rule 32; Istio `GetEffectiveLbSetting`).
///
/// The DestinationRule decides before the Service, and that before the mesh; zones before localities.
enum LocalityPreference {
    /// All localities are alike.
    case none
    /// Fail-over and shares by locality; `always` also where no endpoint is ever ejected.
    case localities(LocalityLbSetting, always: Bool)
    /// Fail-over by region, with the zones of a region left to the proxy.
    case zones(ZoneAwareLbSetting)

    /// - Parameter service: nil for clusters of no service.
    init(_ settings: LoadBalancerSettings?, service: Service?, mesh: MeshConfiguration) {
        if let zones = settings?.zoneAwareLbSetting {
            self = .zones(zones)
        } else if let own = settings?.localityLbSetting {
            self = own.enabled == false ? .none : .localities(own, always: false)
        } else if let labels = service?.trafficDistribution.map(Self.labels) {
            var setting = LocalityLbSetting()
            setting.failoverPriority = labels
            self = .localities(setting, always: true)
        } else if let zones = mesh.zoneAwareLbSetting {
            self = .zones(zones)
        } else if mesh.localityLbSetting.enabled == false {
            self = .none
        } else {
            self = .localities(mesh.localityLbSetting, always: false)
        }
    }

    /// Labels whose equality orders the endpoints, first the one that counts most.
    var failoverPriority: [String] {
        switch self {
        case .none: []
        case .localities(let setting, _): setting.distribute.isEmpty ? setting.failoverPriority : []
        case .zones(let setting): setting.enabled == false ? [] : setting.failoverPriority
        }
    }

    /// Labels whose equality a Service's `trafficDistribution` asks for.
    private static func labels(of preference: TrafficDistribution) -> [String] {
        let zone = [networkLabel, "topology.kubernetes.io/region", "topology.kubernetes.io/zone"]
        switch preference {
        case .preferSameZone: return zone
        case .preferSameNode: return zone + ["topology.istio.io/subzone", "kubernetes.io/hostname"]
        }
    }

    /// Label that stands for the endpoint's network.
    static let networkLabel = "topology.istio.io/network"
}
