extension VirtualService: FieldDecodable {
    /// Rules of Istio's `ValidateVirtualService`.
    init(fields: FieldReader) {
        self.init()
        hosts = fields.strings("hosts", checkedBy: HostSyntax.wildcardDomainOrAddress)
        gateways = fields.strings("gateways") { $0 == "mesh" ? nil : HostSyntax.gatewayName($0) }
        http = fields.messages("http")
        tls = fields.messages("tls")
        tcp = fields.messages("tcp")
        exportTo = fields.exportTo()
        if hosts.isEmpty { checkDelegate(fields) } else { checkRoot(fields) }
        checkServerNames(fields)
        checkReachability(fields)
        checkClaims(fields)
    }

    /// Tokens are looked at before routing at gateways only (Istio `validateJWTClaimRoute`). A delegate applies where its
    /// roots do.
    private func checkClaims(_ fields: FieldReader) {
        guard !hosts.isEmpty, gateways.isEmpty || gateways.allSatisfy({ $0 == "mesh" }) else { return }
        for (index, route) in http.enumerated() {
            for claim in route.match.flatMap(\.claims) {
                fields.error("http", "http[\(index)]: \(claim) can be matched at gateways only; name one in gateways")
            }
        }
    }

    private func checkDelegate(_ fields: FieldReader) {
        fields.require(gateways.isEmpty, "gateways", "a VirtualService without hosts must not name gateways")
        fields.require(tls.isEmpty, "tls", "a VirtualService without hosts delegates HTTP only")
        fields.require(tcp.isEmpty, "tcp", "a VirtualService without hosts delegates HTTP only")
        fields.require(!http.isEmpty, "http", "http routes are required")
        for (index, route) in http.enumerated() where route.delegate != nil {
            fields.error("http", "http[\(index)] delegates, and a VirtualService without hosts is a delegate itself")
        }
        if !fields.has("hosts") {
            fields.warning(
                "hosts",
                "no hosts: it takes effect where another VirtualService delegates to it; where none does, it routes the "
                    + "one host that all its routes lead to, which Istio would not do; write hosts, as `hosts: [reviews]`"
            )
        }
    }

    private func checkRoot(_ fields: FieldReader) {
        fields.require(
            !http.isEmpty || !tls.isEmpty || !tcp.isEmpty,
            "",
            "http, tls or tcp routes are required"
        )
        let isForMesh = gateways.isEmpty || gateways.contains("mesh")
        fields.require(
            !isForMesh || !hosts.contains("*"),
            "hosts",
            "`*` is not allowed for sidecars (gateway `mesh`); name hosts, or name gateways without `mesh`"
        )
        for (index, host) in hosts.enumerated() {
            if let other = hosts[..<index].first(where: { HostSyntax.overlap($0, host) }) {
                fields.error("hosts", "\(other.quotedForMessage) and \(host.quotedForMessage) cover the same names")
            }
        }
        for host in hosts where isForMesh && isNamespaceQualifiedShortName(host) {
            fields.warning(
                "hosts",
                "\(host.quotedForMessage) has a dot and so is taken as a full domain name, not as a service of another "
                    + "namespace; write \(host).svc.cluster.local to mean that"
            )
        }
    }

    /// `service.namespace`, which Istio does not expand: most likely a mistake.
    private func isNamespaceQualifiedShortName(_ host: String) -> Bool {
        let parts = host.split(separator: ".")
        let topLevels = [
            "com", "org", "net", "io", "dev", "local", "internal", "test", "example", "localhost", "global",
        ]
        guard parts.count == 2, let last = parts.last, !host.hasPrefix("*") else { return false }
        return !topLevels.contains(String(last)) && last.count > 2 && HostSyntax.domain(host) == nil
    }

    private func checkServerNames(_ fields: FieldReader) {
        for (index, route) in tls.enumerated() {
            for name in route.match.flatMap(\.sniHosts)
            where !hosts.contains(where: { HostSyntax.isCovered(name, by: $0) }) {
                fields.error("tls", "tls[\(index)]: sniHost \(name.quotedForMessage) lies within none of the hosts")
            }
        }
    }

    /// A rule that matches everything hides the ones after it; Istio's webhook warns too.
    private func checkReachability(_ fields: FieldReader) {
        guard let first = http.firstIndex(where: { $0.match.isEmpty }), first + 1 < http.count else { return }
        fields.warning("http", "http[\(first)] matches every request, so http[\(first + 1)] and later never apply")
    }
}
