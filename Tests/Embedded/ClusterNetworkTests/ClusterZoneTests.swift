import CustomDump
import DNSWire
import KubernetesAPI
import NIOCore
import Testing

@testable import ClusterNetwork

@Suite struct ClusterZoneTests {
    static let zone = ClusterZone(
        services: [
            Fixture.service("web"),
            Fixture.service("db", clusterIP: "None", ports: [["name": "sql", "port": 5432]]),
            Fixture.service("slow", clusterIP: "None", more: ["publishNotReadyAddresses": true]),
            Fixture.service("strict", clusterIP: "None"),
            Fixture.service(
                "near",
                type: "ExternalName",
                clusterIP: "",
                more: ["externalName": "web.default.svc.cluster.local"]
            ),
            Fixture.service("far", type: "ExternalName", clusterIP: "", more: ["externalName": "example.org"]),
            Fixture.service(
                "loop",
                type: "ExternalName",
                clusterIP: "",
                more: ["externalName": "loop.default.svc.cluster.local"]
            ),
        ],
        slices: [
            Fixture.slice(
                "db",
                [Fixture.endpoint("10.244.0.5", hostname: "db-0"), Fixture.endpoint("10.244.0.6", pod: "db-1")],
                ports: [["name": "sql", "port": 5432, "protocol": "TCP"]]
            ),
            Fixture.slice("slow", [Fixture.endpoint("10.244.0.7", ready: false)]),
            Fixture.slice("strict", [Fixture.endpoint("10.244.0.7", ready: false)]),
        ],
        pods: [
            Fixture.pod("db-1", "10.244.0.6", spec: ["hostname": "db-1", "subdomain": "db"]),
            Fixture.pod("solo", "10.244.0.9"),
        ]
    )

    /// `dig +short`, or what stands in its place.
    static func dig(_ name: String, _ type: DNSRecordType) throws -> [String] {
        switch zone.answer(DNSQuestion(try #require(DomainName(name)), type)) {
        case .records(let records, _): records.map { Self.short($0.data) }.sorted()
        case .alias(let records, let target): records.map { Self.short($0.data) } + ["ask \(target)"]
        case .noData: ["NODATA"]
        case .noName: ["NXDOMAIN"]
        case .outside: ["outside"]
        }
    }

    static func short(_ data: DNSRecordData) -> String {
        switch data {
        case .a(let number): IPv4Address(number: number).description
        case .cname(let name), .ptr(let name), .ns(let name): name.description
        case .srv(let priority, let weight, let port, let target): "\(priority) \(weight) \(port) \(target)"
        case .soa(let authority): authority.primary.description
        case .txt(let strings): strings.map { String(decoding: $0, as: UTF8.self) }.joined()
        case .aaaa, .opaque: "?"
        }
    }

    @Test(
        arguments: [
            ("web.default.svc.cluster.local", .a, ["10.96.1.1"]),
            ("WEB.Default.SVC.cluster.LOCAL", .a, ["10.96.1.1"]),
            ("web.default.svc.cluster.local", .aaaa, ["NODATA"]),
            ("_http._tcp.web.default.svc.cluster.local", .srv, ["0 100 80 web.default.svc.cluster.local."]),
            ("_tcp.web.default.svc.cluster.local", .srv, ["NODATA"]),
            ("_x._tcp.web.default.svc.cluster.local", .srv, ["NXDOMAIN"]),
            ("db.default.svc.cluster.local", .a, ["10.244.0.5", "10.244.0.6"]),
            ("db-0.db.default.svc.cluster.local", .a, ["10.244.0.5"]),
            ("db-1.db.default.svc.cluster.local", .a, ["10.244.0.6"]),
            (
                "_sql._tcp.db.default.svc.cluster.local", .srv,
                ["0 100 5432 db-0.db.default.svc.cluster.local.", "0 100 5432 db-1.db.default.svc.cluster.local."]
            ),
            ("slow.default.svc.cluster.local", .a, ["10.244.0.7"]),
            ("10-244-0-7.slow.default.svc.cluster.local", .a, ["10.244.0.7"]),
            ("strict.default.svc.cluster.local", .a, ["NODATA"]),
            ("near.default.svc.cluster.local", .a, ["10.96.1.1", "web.default.svc.cluster.local."]),
            ("near.default.svc.cluster.local", .cname, ["web.default.svc.cluster.local."]),
            ("far.default.svc.cluster.local", .a, ["example.org.", "ask example.org."]),
            ("10-244-0-9.default.pod.cluster.local", .a, ["10.244.0.9"]),
            ("10-244-0-10.default.pod.cluster.local", .a, ["NXDOMAIN"]),
            ("missing.default.svc.cluster.local", .a, ["NXDOMAIN"]),
            ("web.missing.svc.cluster.local", .a, ["NXDOMAIN"]),
            ("example.org.default.svc.cluster.local", .a, ["NXDOMAIN"]),
            ("example.org.cluster.local", .a, ["NXDOMAIN"]),
            ("default.svc.cluster.local", .a, ["NODATA"]),
            ("svc.cluster.local", .a, ["NODATA"]),
            ("cluster.local", .ns, ["ns.dns.cluster.local."]),
            ("cluster.local", .soa, ["ns.dns.cluster.local."]),
            ("ns.dns.cluster.local", .a, ["10.96.0.10"]),
            ("dns-version.cluster.local", .txt, ["1.1.0"]),
            ("1.1.96.10.in-addr.arpa", .ptr, ["web.default.svc.cluster.local."]),
            ("5.0.244.10.in-addr.arpa", .ptr, ["db-0.db.default.svc.cluster.local."]),
            ("99.0.244.10.in-addr.arpa", .ptr, ["NXDOMAIN"]),
            ("1.0.0.127.in-addr.arpa", .ptr, ["outside"]),
            ("example.org", .a, ["outside"]),
            ("local", .a, ["outside"]),
        ] as [(String, DNSRecordType, [String])]
    )
    func answers(name: String, type: DNSRecordType, expected: [String]) throws {
        #expect(try Self.dig(name, type) == expected)
    }

    @Test func anAliasOfItselfEnds() throws {
        #expect(
            try Self.dig("loop.default.svc.cluster.local", .a).allSatisfy { $0 == "loop.default.svc.cluster.local." }
        )
    }

    @Test func targetsOfServiceRecordsComeAlong() throws {
        let name = try #require(DomainName("_http._tcp.web.default.svc.cluster.local"))
        guard case .records(_, let additionals) = Self.zone.answer(DNSQuestion(name, .srv)) else {
            Issue.record("no records")
            return
        }
        #expect(additionals.map { Self.short($0.data) } == ["10.96.1.1"])
    }

    @Test func resolversOfTheHost() throws {
        let servers = UpstreamResolvers.servers(
            of:
                "# nameserver 9.9.9.9\nsearch x\nnameserver 192.0.2.1\nnameserver\t::1\nnameserver nonsense\nnameserver 1.1.1.1\nnameserver 2.2.2.2"
        )
        #expect(servers.map(\.ipAddress) == ["192.0.2.1", "::1", "1.1.1.1"])
    }

    @Test func whoHoldsAPort() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0
               1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0
            """
        #expect(PortHolder.listeners(in: table, port: 8080) == ["socket:[4242]"])
        #expect(PortHolder.listeners(in: table, port: 81).isEmpty)
    }
}
