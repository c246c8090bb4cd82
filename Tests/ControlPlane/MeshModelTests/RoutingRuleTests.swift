import MeshConfig
import MeshModel
import Testing

/// Rules 1, 2, 3, 9, 11 and 14 (Istio `virtualServiceIndex`, `MergeHTTPRoutes`).
@Suite struct RoutingRuleTests {
    private func rule(_ name: String, _ namespace: String = "default", _ spec: String, created: String = "") -> String {
        MeshFixture.istio("VirtualService", name, namespace, created: created, spec: spec)
    }

    private let route = "http: [{route: [{destination: {host: reviews}}]}]"

    @Test func namesAreResolvedInTheRulesNamespace() throws {
        let yaml = rule(
            "r",
            "shop",
            """
            {hosts: [reviews, reviews.prod, '*.org'], gateways: [mesh, gw, ./gw2, other/gw, gw3.ns.svc],
             http: [{match: [{gateways: [gw]}], route: [{destination: {host: reviews}}], mirror: {host: copy}}]}
            """
        )
        let found = try #require(MeshFixture.snapshot(yaml).virtualServices.first)
        #expect(found.hosts.map(\.text) == ["reviews.shop.svc.cluster.local", "reviews.prod", "*.org"])
        #expect(found.spec.gateways == ["mesh", "shop/gw", "shop/gw2", "other/gw", "ns/gw3"])
        #expect(found.spec.http.first?.match.first?.gateways == ["shop/gw"])
        #expect(found.spec.http.first?.route.first?.destination.host == "reviews.shop.svc.cluster.local")
        #expect(found.spec.http.first?.mirror?.host == "copy.shop.svc.cluster.local")
    }

    @Test func ownThenExportedByNameThenPublicEachOldestFirst() {
        let yaml =
            rule("public-new", "b", "{hosts: [x.com], \(route)}", created: "2022-01-01T00:00:00Z")
            + rule("public-old", "b", "{hosts: [x.com], \(route)}", created: "2021-01-01T00:00:00Z")
            + rule("exported", "b", "{hosts: [x.com], exportTo: [shop], \(route)}", created: "2023-01-01T00:00:00Z")
            + rule("own", "shop", "{hosts: [x.com], exportTo: ['.'], \(route)}", created: "2024-01-01T00:00:00Z")
            + rule("hidden", "b", "{hosts: [x.com], exportTo: ['.'], \(route)}")
            + rule("gateway", "b", "{hosts: [x.com], gateways: [gw], \(route)}")
        let snapshot = MeshFixture.snapshot(yaml)
        let names = snapshot.virtualServices(gateway: "mesh", visibleTo: "shop").map(\.name)
        #expect(names == ["own", "exported", "public-old", "public-new"])
        #expect(snapshot.virtualServices(gateway: "b/gw", visibleTo: "shop").map(\.name) == ["gateway"])
        let scope = snapshot.scope(for: MeshFixture.sidecar("shop"))
        #expect(scope.virtualService(for: Hostname("x.com"))?.name == "own")
    }

    @Test func theSecondRuleOfAHostIsReportedAsIgnored() throws {
        let yaml =
            MeshFixture.service("reviews") + rule("b", "default", "{hosts: [reviews], \(route)}")
            + rule("a", "default", "{hosts: [reviews], \(route)}")
        let snapshot = MeshFixture.snapshot(yaml)
        #expect(snapshot.codes() == [.virtualServiceHostConflict])
        let found = try #require(snapshot.diagnostics.first)
        #expect(found.object.name == "b")
        #expect(found.location?.file == "mesh.yaml")
        #expect(found.message.contains("VirtualService default/a"))
        let apart =
            rule("a", "a", "{hosts: [x.com], exportTo: ['.'], http: [{redirect: {uri: /}}]}")
            + rule("b", "b", "{hosts: [x.com], exportTo: ['.'], http: [{redirect: {uri: /}}]}")
        #expect(!MeshFixture.snapshot(apart).codes().contains(.virtualServiceHostConflict))
    }

    @Test func specificHostsBeatWildcardsInAScope() {
        let yaml =
            rule("wide", "default", "{hosts: ['*.com'], \(route)}")
            + rule("narrow", "default", "{hosts: [x.com], \(route)}")
        let scope = MeshFixture.snapshot(yaml).scope(for: MeshFixture.sidecar("default"))
        #expect(scope.virtualService(for: Hostname("x.com"))?.name == "narrow")
        #expect(scope.virtualService(for: Hostname("y.com"))?.name == "wide")
        #expect(scope.virtualService(for: Hostname("y.org")) == nil)
    }

    @Test func delegatesAreMergedWithinTheRootsMatch() throws {
        let yaml =
            rule(
                "root",
                "default",
                """
                {hosts: [x.com], http: [{name: r, match: [{uri: {prefix: /shop}, headers: {a: {exact: b}}}], timeout: 5s,
                 delegate: {name: leaf, namespace: shop}}, {route: [{destination: {host: reviews}}]}]}
                """
            )
            + rule(
                "leaf",
                "shop",
                """
                {http: [{name: d, match: [{uri: {prefix: /shop/cart}}], route: [{destination: {host: cart}}]},
                        {match: [{uri: {prefix: /other}}], route: [{destination: {host: cart}}]},
                        {timeout: 1s, route: [{destination: {host: cart}}]}]}
                """
            )
        let snapshot = MeshFixture.snapshot(yaml)
        let root = try #require(snapshot.virtualServices.first)
        #expect(snapshot.virtualServices.count == 1)
        #expect(root.sources.map(\.name) == ["root", "leaf"])
        #expect(root.spec.http.map(\.name) == ["r-d", "r", ""])
        let first = try #require(root.spec.http.first)
        #expect(first.match.first?.uri == .prefix("/shop/cart"))
        #expect(first.match.first?.headers == ["a": .exact("b")])
        #expect(first.timeout == .seconds(5))
        #expect(first.route.first?.destination.host == "cart.shop.svc.cluster.local")
        #expect(root.spec.http.dropFirst().first?.timeout == .seconds(1))
        #expect(root.spec.http.dropFirst().first?.match.first?.uri == .prefix("/shop"))
        #expect(snapshot.codes().filter { $0 == .delegateConflict }.count == 1)
    }

    @Test func unknownAndHiddenDelegatesDropOnlyTheirRoute() {
        let yaml =
            rule(
                "root",
                "default",
                "{hosts: [x.com], http: [{match: [{uri: {exact: /a}}], delegate: {name: gone}}, "
                    + "{match: [{uri: {exact: /b}}], delegate: {name: hid, namespace: shop}}, "
                    + "{redirect: {uri: /}}]}"
            ) + rule("hid", "shop", "{exportTo: ['.'], \(route)}")
        let snapshot = MeshFixture.snapshot(yaml)
        #expect(snapshot.virtualServices.first?.spec.http.count == 1)
        #expect(snapshot.codes() == [.delegateNotFound, .delegateNotFound])
    }

    @Test func destinationsThatLeadNowhereAreReported() {
        let yaml =
            MeshFixture.service("reviews")
            + rule(
                "r",
                "default",
                """
                {hosts: [reviews], http: [{route: [
                 {destination: {host: reviews, subset: v9}, weight: 50},
                 {destination: {host: reviews.default}, weight: 25},
                 {destination: {host: reviews, port: {number: 1}}, weight: 25}]}]}
                """
            )
            + MeshFixture.istio("DestinationRule", "d", spec: "{host: reviews, subsets: [{name: v1, labels: {a: b}}]}")
            + MeshFixture.istio("DestinationRule", "e", spec: "{host: nowhere}")
        let snapshot = MeshFixture.snapshot(yaml)
        #expect(snapshot.codes() == [.unknownRuleHost, .unknownSubset, .unknownDestinationHost, .unknownPort])
        let lines = snapshot.diagnostics.compactMap(\.location).map(\.line)
        #expect(lines.count == 4 && lines.dropFirst() == lines.dropFirst().sorted()[...])
    }

    @Test func ruleWithoutHostsRoutesTheOneHostItsRoutesLeadTo() throws {
        let yaml = MeshFixture.service("reviews") + rule("r", "default", "{\(route)}")
        let snapshot = MeshFixture.snapshot(yaml)
        let found = try #require(snapshot.virtualServices.first)
        #expect(found.hosts.map(\.text) == ["reviews.default.svc.cluster.local"])
        #expect(found.spec.gateways == ["mesh"])
        #expect(snapshot.codes() == [.hostInferred])
        let scope = snapshot.scope(for: MeshFixture.sidecar("default"))
        #expect(scope.virtualService(for: Hostname("reviews.default.svc.cluster.local"))?.name == "r")
    }

    @Test(arguments: [
        "{http: [{route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 1}]}]}",
        "{http: [{match: [{uri: {exact: /a}}], route: [{destination: {host: a}}]}, {route: [{destination: {host: b}}]}]}",
        "{http: [{redirect: {uri: /}}]}",
    ])
    func ruleWithoutHostsThatLeadsToNoneOrSeveralHasNoEffect(spec: String) {
        let snapshot = MeshFixture.snapshot(rule("r", "default", spec))
        #expect(snapshot.virtualServices.isEmpty)
        #expect(snapshot.codes() == [.delegateNotUsed])
    }

    @Test func ruleWithoutHostsYieldsToOneWithHostsAndToDelegation() {
        let leaf =
            MeshFixture.service("reviews") + rule("leaf", "default", "{\(route)}", created: "2021-01-01T00:00:00Z")
        let named = leaf + rule("named", "default", "{hosts: [reviews], \(route)}")
        #expect(MeshFixture.snapshot(named).virtualServices.map(\.name) == ["named"])
        #expect(MeshFixture.snapshot(named).codes() == [.delegateNotUsed])
        let root = leaf + rule("root", "default", "{hosts: [x.com], http: [{delegate: {name: leaf}}]}")
        #expect(MeshFixture.snapshot(root).virtualServices.map(\.name) == ["root"])
        #expect(MeshFixture.snapshot(root).codes() == [])
    }
}
