import CustomDump
import KubernetesAPI
import Testing

@testable import ClusterNetwork

@Suite struct ServiceRulesetTests {
    static let hub = ClusterAddresses().hub

    static func ports(_ services: [KubernetesObject], _ slices: [KubernetesObject]) -> [ServicePort] {
        ServicePort.all(services: services, slices: slices, hub: hub)
    }

    static func endpoint(_ text: String) throws -> Endpoint {
        let parts = text.split(separator: ":")
        return Endpoint(try #require(IPv4Address(parts[0])), try #require(UInt16(parts[1])))
    }

    @Test func readyEndpointsOfThePortsName() throws {
        let ports = Self.ports(
            [Fixture.service("web")],
            [
                Fixture.slice("web", [Fixture.endpoint("10.244.0.6"), Fixture.endpoint("10.244.0.7", ready: false)]),
                Fixture.slice("web", [Fixture.endpoint("10.244.0.9")], ports: [["name": "admin", "port": 9]]),
                Fixture.slice("web", [Fixture.endpoint("10.244.0.8")], namespace: "other"),
            ]
        )
        #expect(ports.map(\.endpoints) == [[try Self.endpoint("10.244.0.6:8080")]])
        #expect(ports.map(\.listeners) == [[try Self.endpoint("10.96.1.1:80")]])
    }

    @Test func endingEndpointsServeWhenNoneIsReady() throws {
        let ending = Fixture.endpoint("10.244.0.7", ready: false, terminating: true)
        let ready = Fixture.endpoint("10.244.0.6")
        let service = Fixture.service("web")
        #expect(
            Self.ports([service], [Fixture.slice("web", [ending])])[0].endpoints == [
                try Self.endpoint("10.244.0.7:8080")
            ]
        )
        #expect(
            Self.ports([service], [Fixture.slice("web", [ending, ready])])[0].endpoints
                == [try Self.endpoint("10.244.0.6:8080")]
        )
    }

    @Test func allListenersOfAService() throws {
        var service = Fixture.service(
            "web",
            type: "LoadBalancer",
            ports: [["name": "http", "port": 80, "nodePort": 30080]],
            more: ["externalIPs": ["192.0.2.7"]]
        )
        service["status", "loadBalancer", "ingress"] = [["ip": "10.97.0.1"]]
        #expect(
            Self.ports([service], [])[0].listeners
                == [
                    try Self.endpoint("10.96.1.1:80"), try Self.endpoint("192.0.2.7:80"),
                    try Self.endpoint("10.97.0.1:80"), try Self.endpoint("10.244.0.1:30080"),
                ]
        )
    }

    @Test(arguments: [
        Fixture.service("web", clusterIP: "None"),
        Fixture.service("web", type: "ExternalName", clusterIP: "10.96.1.1"),
        Fixture.service("web", ports: [["port": 70000]]),
        Fixture.service("web", ports: [["port": 80, "protocol": "SCTP"]]),
        Fixture.service("web", ports: [["port": "80; flush ruleset"]]),
        Fixture.service("web", clusterIP: "10.96.1.1 ; flush ruleset"),
    ])
    func servicesWithoutRules(service: KubernetesObject) {
        #expect(Self.ports([service], []).isEmpty)
    }

    @Test func theTableAsText() {
        let services = [
            Fixture.service("kubernetes", clusterIP: "10.96.0.1", ports: [["port": 443]]),
            Fixture.service(
                "web",
                ports: [["name": "http", "port": 80], ["name": "dns", "port": 53, "protocol": "UDP"]]
            ),
            Fixture.service("empty", clusterIP: "10.96.1.2"),
        ]
        let slices = [
            Fixture.slice("kubernetes", [Fixture.endpoint("10.244.0.1")], ports: [["port": 6443]]),
            Fixture.slice(
                "web",
                [Fixture.endpoint("10.244.0.6"), Fixture.endpoint("10.244.0.5")],
                ports: [["name": "http", "port": 8080], ["name": "dns", "port": 5353, "protocol": "UDP"]]
            ),
        ]
        let text = ServiceRuleset(ports: Self.ports(services, slices), addresses: ClusterAddresses()).text
        expectNoDifference(
            text,
            """
            table ip martlet
            delete table ip martlet
            table ip martlet {
                # default/web http
                chain service-0 {
                    meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.5 . 8080, 1 : 10.244.0.6 . 8080 }
                }
                # default/web dns
                chain service-1 {
                    meta l4proto udp dnat ip to numgen random mod 2 map { 0 : 10.244.0.5 . 5353, 1 : 10.244.0.6 . 5353 }
                }
                map services {
                    type ipv4_addr . inet_proto . inet_service : verdict
                    elements = {
                        10.96.1.1 . tcp . 80 : goto service-0,
                        10.96.1.1 . udp . 53 : goto service-1
                    }
                }
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
                    ct status dnat ip saddr . ip daddr { 10.244.0.5 . 10.244.0.5, 10.244.0.6 . 10.244.0.6 } snat to 10.244.0.1
                }
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
                    ip daddr != { 10.244.0.0/16, 10.96.0.0/16, 10.97.0.0/16 } accept
                    ip daddr { 10.244.0.1, 10.96.0.1, 10.96.0.10 } accept
                    ct status dnat rt mtu > 16384 goto refuse
                    ct status dnat accept
                    oifname "lo" goto refuse
                }
            }

            """
        )
    }

    /// How many of the 64 groups of clients each endpoint has.
    private func buckets(_ addresses: [String]) throws -> [String: Set<Int>] {
        let service = Fixture.service("web", more: ["sessionAffinity": "ClientIP"])
        let slice = Fixture.slice("web", addresses.map { Fixture.endpoint($0) })
        let text = ServiceRuleset(ports: Self.ports([service], [slice]), addresses: ClusterAddresses()).text
        let line = try #require(text.split(separator: "\n").first { $0.contains("jhash ip saddr mod 64") })
        var buckets: [String: Set<Int>] = [:]
        for element in try #require(line.split(separator: "{").last).split(separator: ",") {
            let words = element.split(separator: " ")
            buckets[String(words[2]), default: []].insert(try #require(Int(words[0])))
        }
        return buckets
    }

    @Test func clientsStayWhenAnotherEndpointComesOrGoes() throws {
        let before = try buckets(["10.244.0.5", "10.244.0.6", "10.244.0.7"])
        #expect(before.count == 3)
        #expect(before.values.allSatisfy { $0.count > 8 })
        let after = try buckets(["10.244.0.5", "10.244.0.6"])
        for address in ["10.244.0.5", "10.244.0.6"] {
            #expect(try #require(after[address]).isSuperset(of: try #require(before[address])))
        }
    }
}

@Suite struct LoadBalancerAddressesTests {
    let pool = LoadBalancerAddresses(range: ClusterAddresses().loadBalancers)

    private func changes(_ services: [KubernetesObject]) -> [String: String?] {
        Dictionary(
            uniqueKeysWithValues: pool.changes(for: services).map {
                ($0.service.name, $0.status["ingress"]?.array?.first?["ip"]?.string)
            }
        )
    }

    @Test func eachGetsOneAndKeepsIt() {
        var old = Fixture.service("old", type: "LoadBalancer")
        old["status", "loadBalancer", "ingress"] = [["ip": "10.97.0.1"]]
        let services = [
            Fixture.service("a", type: "LoadBalancer"), old, Fixture.service("b", type: "LoadBalancer"),
            Fixture.service("plain"),
            Fixture.service("wish", type: "LoadBalancer", more: ["loadBalancerIP": "10.97.7.7"]),
            Fixture.service("other", type: "LoadBalancer", more: ["loadBalancerClass": "example.com/x"]),
        ]
        expectNoDifference(changes(services), ["a": "10.97.0.2", "b": "10.97.0.3", "wish": "10.97.7.7"])
    }

    @Test func aServiceThatIsNoneAnyMoreLosesIt() {
        var service = Fixture.service("web")
        service["status", "loadBalancer", "ingress"] = [["ip": "10.97.0.1"]]
        expectNoDifference(changes([service]), ["web": nil])
    }

    @Test func oneAddressIsNotTwoServices() {
        let services = ["a", "b"].map { name in
            var service = Fixture.service(name, type: "LoadBalancer")
            service["status", "loadBalancer", "ingress"] = [["ip": "10.97.0.1"]]
            return service
        }
        expectNoDifference(changes(services), ["b": "10.97.0.2"])
    }
}

@Suite struct PodAddressPoolTests {
    @Test func addressesComeBackAfterTheDelay() throws {
        let range = IPv4Range(try #require(IPv4Address("10.244.0.0")), prefixLength: 29)
        var pool = PodAddressPool(
            range: range,
            reserved: [try #require(IPv4Address("10.244.0.1"))],
            reuseDelay: .seconds(60)
        )
        let start = ContinuousClock.now
        let addresses = (0..<5).compactMap { _ in pool.allocate(now: start)?.description }
        #expect(addresses == ["10.244.0.2", "10.244.0.3", "10.244.0.4", "10.244.0.5", "10.244.0.6"])
        #expect(pool.allocate(now: start) == nil)
        let third = try #require(IPv4Address("10.244.0.4"))
        pool.release(third, now: start)
        pool.release(third, now: start)
        #expect(pool.allocate(now: start + .seconds(59)) == nil)
        #expect(pool.allocate(now: start + .seconds(60)) == third)
        #expect(pool.allocate(now: start + .seconds(600)) == nil)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "+1.2.3.4", "1.2.3.4 "])
    func noAddress(text: String) { #expect(IPv4Address(text) == nil) }
}
