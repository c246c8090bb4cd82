extension FieldSupport {
    static let virtualService = rows(
        [
            "http[].fault.delay.exponentialDelay": .ignored,
            "tcp[].match[].sourceSubnet": .ignored,
        ],
        below: "spec"
    )

    /// Servers of protocols that are not served are warned of one by one, with their names, when the Gateway is read.
    static let gateway = rows(
        [
            "tls.mode: AUTO_PASSTHROUGH": .ignored,
            "port.protocol: HTTP2 or GRPC": .envoyInFull(swiftEngine: "for HTTP/1.1"),
            "port.targetPort": .ignored,
            "bind: unix:///PATH": .envoyOnly,
            "defaultEndpoint": .ignored,
        ],
        below: "spec.servers[]"
    )

    static let sidecar = rows(
        [
            "ingress[].tls": .partly("where mutual TLS of the port is DISABLE by a PeerAuthentication"),
            "ingress[].port.targetPort": .ignored,
            "egress[].port.targetPort": .ignored,
            "egress[].bind: unix:///PATH": .envoyOnly,
        ]
        .merging(rows(inboundConnectionPool, below: "inboundConnectionPool")) { $1 }
        .merging(rows(inboundConnectionPool, below: "ingress[].connectionPool")) { $1 },
        below: "spec"
    )

    static let serviceEntry = rows(
        [
            "resolution: DYNAMIC_DNS": .partly("as NONE"),
            "endpoints[].network": network,
        ],
        below: "spec"
    )

    static let workloadEntry = rows(["network": network], below: "spec")

    /// Endpoints of other networks are called directly, not through a gateway.
    private static let network = FieldSupport.partly("for failoverPriority and trafficDistribution")
}
