extension FieldSupport {
    static let virtualService = rows(
        [
            "http[].fault.delay.exponentialDelay": .ignored,
            "tcp[].match[].sourceSubnet": .ignored,
        ].merging(rows(retryPolicy, below: "http[].retries")) { $1 },
        below: "spec"
    )

    static let retryPolicy: [String: FieldSupport] = [
        "retryRemoteLocalities": .envoyOnly
    ]

    /// On the way to the workload itself the others have no effect anywhere.
    static let inboundRetryPolicy = retryPolicy.filter {
        ["attempts: 1 or more", "retryOn", "backoff"].contains($0.key)
    }

    /// Servers of other protocols are warned of one by one, with their names, when the Gateway is read.
    static let gateway = rows(
        [
            "port.protocol: HTTPS, TLS or TCP": .ignored,
            "port.protocol: HTTP2 or GRPC": .envoyInFull(swiftEngine: "for HTTP/1.1"),
            "port.targetPort": .ignored,
            "bind: unix:///PATH": .envoyOnly,
            "defaultEndpoint": .ignored,
        ],
        below: "spec.servers[]"
    )

    static let sidecar = rows(
        [
            "ingress[].tls": .ignored,
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
            "subjectAltNames": .ignored,
            "endpoints[].network": network,
            "endpoints[].serviceAccount": .ignored,
        ],
        below: "spec"
    )

    static let workloadEntry = rows(["network": network, "serviceAccount": .ignored], below: "spec")

    /// Endpoints of other networks are called directly, not through a gateway.
    private static let network = FieldSupport.partly("for failoverPriority and trafficDistribution")
}
