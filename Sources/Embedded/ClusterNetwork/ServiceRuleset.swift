/// The nftables table that carries Services to their endpoints, as text for `nft -f -`.
///
/// It replaces the whole table at once. Same ports, same text. A connection to a Service without endpoints, to an unused
/// Service address or to the address of a pod that is gone is refused at once: the hub routes all three ranges to `lo`,
/// and what would leave there is rejected.
struct ServiceRuleset: Sendable {
    var ports: [ServicePort]
    var addresses: ClusterAddresses

    private struct Listener: Hashable {
        var endpoint: Endpoint
        var transport: TransportProtocol
    }

    var text: String {
        var taken: Set<Listener> = []
        var chains: [String] = []
        var elements: [String] = []
        var pods: Set<IPv4Address> = []
        for port in ports where !port.endpoints.isEmpty {
            let protocolName = port.transport == .tcp ? "tcp" : "udp"
            let free = port.listeners.filter { listener in
                // The hub itself answers on these; on its own address only node ports are for Services.
                listener.address != addresses.apiServer && listener.address != addresses.nameserver
                    && taken.insert(Listener(endpoint: listener, transport: port.transport)).inserted
            }
            guard !free.isEmpty else { continue }
            let chain = "service-\(chains.count)"
            pods.formUnion(port.endpoints.map(\.address))
            chains.append(
                """
                    # \(Self.comment(port))
                    chain \(chain) {
                        meta l4proto \(protocolName) dnat ip to \(Self.choice(port))
                    }
                """
            )
            elements += free.map { "\($0.address) . \(protocolName) . \($0.port) : goto \(chain)" }
        }
        let list = elements.joined(separator: ",\n            ")
        let map = elements.isEmpty ? "" : "        elements = {\n            \(list)\n        }\n"
        let loops = pods.sorted().map { "\($0) . \($0)" }.joined(separator: ", ")
        let hairpin =
            loops.isEmpty ? "" : "        ct status dnat ip saddr . ip daddr { \(loops) } snat to \(addresses.hub)\n"
        let local = addresses.local.map(\.description).joined(separator: ", ")
        let ranges = [addresses.pods, addresses.services, addresses.loadBalancers].map(\.description)
            .joined(separator: ", ")
        return """
            table ip martlet
            delete table ip martlet
            table ip martlet {
            \(chains.map { $0 + "\n" }.joined())    map services {
                    type ipv4_addr . inet_proto . inet_service : verdict
            \(map)    }
                chain prerouting {
                    type nat hook prerouting priority -100; policy accept;
                    ip daddr . meta l4proto . th dport vmap @services
                }
                chain output-services {
                    type nat hook output priority -100; policy accept;
                    ip daddr . meta l4proto . th dport vmap @services
                }
                chain postrouting {
                    type nat hook postrouting priority 100; policy accept;
            \(hairpin)    }
                chain refuse {
                    meta l4proto tcp reject with tcp reset
                    reject with icmp type port-unreachable
                }
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    oifname "lo" goto refuse
                }
                chain output {
                    type filter hook output priority 0; policy accept;
                    ip daddr != { \(ranges) } accept
                    ip daddr { \(local) } accept
                    ct status dnat rt mtu > \(Self.largestPodSegment) goto refuse
                    ct status dnat accept
                    oifname "lo" goto refuse
                }
            }

            """
    }

    /// Where a translated packet of the hub leads shows in the segments its new route takes, no longer in its interface:
    /// those of `lo` are far larger than those of a pod's interface.
    static let largestPodSegment = 16_384

    /// How many parts the clients of a Service with `sessionAffinity: ClientIP` are divided into.
    static let affinityBuckets = 64

    private static func choice(_ port: ServicePort) -> String {
        if port.endpoints.count == 1 { return "\(port.endpoints[0])" }
        guard port.keepsClient else {
            let numbered = port.endpoints.enumerated().map { index, endpoint in
                "\(index) : \(endpoint.address) . \(endpoint.port)"
            }
            return "numgen random mod \(numbered.count) map { \(numbered.joined(separator: ", ")) }"
        }
        let numbered = (0..<affinityBuckets).compactMap { bucket in
            port.endpoints.max { weight($0, bucket) < weight($1, bucket) }
                .map { "\(bucket) : \($0.address) . \($0.port)" }
        }
        return "jhash ip saddr mod \(affinityBuckets) seed 0x6d61 map { \(numbered.joined(separator: ", ")) }"
    }

    /// Rendezvous hashing: a bucket changes its endpoint only when that one goes or a heavier one comes, so that clients
    /// stay where they are without the kernel remembering them across replacements of the table.
    private static func weight(_ endpoint: Endpoint, _ bucket: Int) -> UInt64 {
        var mixed = UInt64(endpoint.address.number) << 24 ^ UInt64(endpoint.port) << 8
        mixed ^= UInt64(truncatingIfNeeded: bucket)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Names as far as they cannot break out of a comment.
    private static func comment(_ port: ServicePort) -> String {
        String(
            "\(port.service) \(port.name)".filter { character in
                character.isASCII && (character.isLetter || character.isNumber || "-./ ".contains(character))
            }
        )
    }
}
