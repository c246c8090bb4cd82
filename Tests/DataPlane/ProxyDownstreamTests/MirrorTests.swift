import HTTPWire
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"

/// A route whose mirror is the one cluster too: the server sees the request and its copy.
private func route(_ fraction: FractionalPercent = .hundred, suffix: Bool = false) -> [Route] {
    let cluster = ClusterIndex(rawValue: 0)
    let mirror = MirrorPolicy(cluster: cluster, fraction: fraction, appendsShadowSuffix: suffix)
    let action = RouteAction(cluster: .cluster(cluster), timeout: nil, mirrors: [mirror])
    return [Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))]
}

@Suite(.timeLimit(.minutes(5))) struct MirrorTests {
    @Test func aCopyGoesOutWithHeadAndBody() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route()) { proxy in
            let client = try await proxy.client()
            try await client.send("PUT /a?b HTTP/1.1\r\nhost: example:80\r\nx-one: 1\r\ncontent-length: 5\r\n\r\nhello")
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(received.components("HTTP/1.1 200") == 1)
            try await proxy.pass { server.heads.count == 2 }
            try await proxy.pass { server.bytesReceived == server.heads.reduce(10) { $0 + $1.utf8.count } }
            #expect(server.heads.allSatisfy { $0.hasPrefix("PUT /a?b HTTP/1.1\r\n") && $0.contains("x-one: 1\r\n") })
            #expect(server.heads.allSatisfy { $0.contains("host: example:80\r\n") })
            #expect(server.heads.filter { $0.contains("x-envoy-internal: true\r\n") }.count == 1)
            #expect(server.bytesReceived == server.heads.reduce(10) { $0 + $1.utf8.count })
        }
    }

    @Test func theCopyOfAHostWithSuffixKeepsItsPort() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route(suffix: true)) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nhost: example:80\r\n\r\n")
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.pass { server.heads.count == 2 }
            #expect(server.heads.filter { $0.contains("host: example-shadow:80\r\n") }.count == 1)
        }
    }

    @Test func aSilentMirrorDelaysNothingAndItsCopiesAreBounded() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route()) { proxy in
            // As if so many copies were under way already.
            try await proxy.onLoop { worker, _ in
                guard let cluster = worker.clusters.all.first else { return }
                while cluster.takeMirror() {}
            }
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nhost: e\r\n\r\n")
            _ = await client.receive { $0.hasSuffix("hi") }
            #expect(server.heads.count == 1)
            #expect(try await proxy.count(.mirrorOverflow) == 2)
        }
    }

    @Test func aShareOfZeroCopiesNothing() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route(FractionalPercent(numerator: 0, denominator: 100))) { proxy in
            let client = try await proxy.client()
            for round in 1...3 {
                try await client.send("GET / HTTP/1.1\r\nhost: e\r\n\r\n")
                _ = await client.receive { $0.components("hi") == round }
            }
            #expect(server.heads.count == 3)
        }
    }
}
