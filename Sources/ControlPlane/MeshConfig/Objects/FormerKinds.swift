/// Kinds of APIs that Istio has given up, which older books and tutorials still write, and what took their place.
enum FormerKinds {
    /// What to write today instead of a kind, as a clause; nil when its group is none of the former ones.
    static func successor(of kind: String, group: String) -> String? {
        switch group {
        case "authentication.istio.io":
            "PeerAuthentication and RequestAuthentication (security.istio.io/v1) take its place"
        case "rbac.istio.io": "AuthorizationPolicy (security.istio.io/v1) takes its place"
        case "config.istio.io": routing[kind] ?? mixer
        default: nil
        }
    }

    /// Rules of Istio 0.x, before `networking.istio.io`.
    private static let routing = [
        "RouteRule": "VirtualService (networking.istio.io/v1) takes its place",
        "DestinationPolicy": "DestinationRule (networking.istio.io/v1) takes its place",
        "EgressRule": "ServiceEntry (networking.istio.io/v1) takes its place",
    ]

    private static let mixer =
        "AuthorizationPolicy (security.istio.io/v1) takes its place in who may call, Telemetry (telemetry.istio.io/v1) in "
        + "what is told of calls, and EnvoyFilter (networking.istio.io/v1alpha3) in how many there may be"
}
