import CustomDump
import Foundation
import KubernetesAPI
import Testing

@testable import MartletCommands

/// `martlet proxy-status` from what control planes say.
@Suite struct ProxyStatusTests {
    private var ours: JSONValue {
        [
            "proxy": "web-1.shop", "cluster_id": "Kubernetes", "proxy_version": "martlet 0.1.0",
            "types": [
                "cds": ["status": "SYNCED"], "lds": ["status": "STALE"], "eds": ["status": "SYNCED"],
                "rds": ["status": "SYNCED"], "sds": ["status": "SYNCED"],
            ],
        ]
    }

    @Test func bothFormsOfSyncStatusAreRead() throws {
        let row = try #require(ProxyStatusRow(ours, plane: "istiod-1"))
        #expect(row.subscribed == "5 (CDS,LDS,EDS,RDS,SDS) LDS STALE")
        #expect(row.pod == ObjectName(namespace: "shop", name: "web-1"))
        let istio: JSONValue = [
            "proxy": "web-2.shop", "istio_version": "1.27.0", "cluster_sent": "a", "cluster_acked": "a",
            "listener_sent": "b", "listener_acked": "a",
        ]
        let other = try #require(ProxyStatusRow(istio, plane: "istiod-1"))
        expectNoDifference(other.types, ["CDS": "SYNCED", "LDS": "STALE"])
        #expect(ProxyStatusRow([:], plane: "") == nil)
    }

    @Test func theStreamOfAnAgentIsThatOfItsProxy() throws {
        let agent: JSONValue = [
            "proxy": "web-1.shop", "types": ["sds": ["status": "STALE"], "pcds": ["status": "SYNCED"]],
        ]
        let rows = try [agent, ours].map { try #require(ProxyStatusRow($0, plane: "istiod-1")) }
        let joined = ProxyStatusRow.joined(rows)
        #expect(joined.map(\.cluster) == ["Kubernetes"])
        #expect(joined.first?.types["SDS"] == "SYNCED" && joined.first?.types["PCDS"] == "SYNCED")
        // Two streams of a proxy, as after a reconnection, are two.
        #expect(ProxyStatusRow.joined([rows[1], rows[1]]).count == 2)
        #expect(ProxyStatusRow.joined([rows[0]]).count == 1)
    }

    @Test func theTableHasTheColumnsOfIstioctlAndTheCertificate() throws {
        var row = try #require(ProxyStatusRow(ours, plane: "istiod-1"))
        row.types["LDS"] = "SYNCED"
        row.types["SDS"] = nil
        row.certificateExpiry = "2026-11-29T16:39:25Z"
        let now = Date(timeIntervalSince1970: 1_795_970_365 - 3600 * 23 - 60 * 41)
        expectNoDifference(
            ProxyStatusRow.table([row], verbosity: 0, now: now),
            """
            NAME           CLUSTER        ISTIOD       VERSION           SUBSCRIBED TYPES        CERT
            web-1.shop     Kubernetes     istiod-1     martlet 0.1.0     4 (CDS,LDS,EDS,RDS)     23h41m
            """
        )
        row.certificateExpiry = nil
        expectNoDifference(
            ProxyStatusRow.table([row], verbosity: 1, now: now),
            """
            NAME           CLUSTER        CDS        LDS        EDS        RDS        ECDS        ISTIOD       VERSION           CERT
            web-1.shop     Kubernetes     SYNCED     SYNCED     SYNCED     SYNCED     IGNORED     istiod-1     martlet 0.1.0     -
            """
        )
    }

    @Test(arguments: [
        (0, "EXPIRED"), (-5, "EXPIRED"), (63, "1m3s"), (3600, "1h0m"), (86_399, "23h59m"), (90_000, "25h0m"),
        (3 * 86_400 + 7200, "3d2h"),
    ])
    func theTimeThatIsLeftIsShort(seconds: Int64, text: String) {
        #expect(ProxyStatusRow.remaining(seconds) == text)
    }

    @Test func theCertificateThatEndsFirstCounts() {
        let page: JSONValue = [
            "certificates": [
                [
                    "cert_chain": [
                        ["expiration_time": "2027-01-01T00:00:00Z"], ["expiration_time": "2026-01-01T00:00:00Z"],
                    ]
                ],
                ["ca_cert": [["expiration_time": "2025-01-01T00:00:00Z"]]],
            ]
        ]
        #expect(ProxyStatusRow.expiry(page) == "2026-01-01T00:00:00Z")
        #expect(ProxyStatusRow.expiry(["certificates": []]) == nil)
    }

    @Test(
        arguments: [
            ("web", ObjectName(namespace: "shop", name: "web"), "web-1"),
            ("deploy/web", .init(namespace: "shop", name: "web"), "web-1"),
            ("web-2.shop", .init(namespace: "shop", name: "web-2"), "web-2"),
            ("pod/none", .init(namespace: "shop", name: "none"), nil),
        ] as [(String, ObjectName, String?)]
    )
    func podsAreFoundByTheirsOrTheirWorkloadsName(text: String, name: ObjectName, found: String?) throws {
        func pod(_ name: String, _ phase: String = "Running") -> KubernetesObject {
            KubernetesObject([
                "metadata": ["name": .string(name), "namespace": "shop"], "status": ["phase": .string(phase)],
            ])
        }
        let reference = try PodReference(text, namespace: "shop")
        #expect(reference.name == name)
        #expect(reference.find(among: [pod("web-0", "Failed"), pod("web-2"), pod("web-1")])?.name == found)
    }

    @Test(arguments: ["", "service/web", "deploy/", "web."])
    func wordsThatNameNoPodAreRefused(text: String) {
        #expect(throws: (any Error).self) { try PodReference(text, namespace: "shop") }
    }
}
