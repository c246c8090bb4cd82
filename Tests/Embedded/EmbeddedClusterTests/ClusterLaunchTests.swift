import Foundation
import PodRuntime
import Testing

@testable import EmbeddedCluster

@Suite struct ClusterLaunchTests {
    @Test func theClusterIsProcessOneAndDiesWithItsStarter() {
        let arguments = ClusterLaunch(command: ["/bin/martlet", "cluster"], isDetached: false).arguments(isRoot: true)
        #expect(arguments.starts(with: ["setpriv", "--pdeathsig", "KILL", "--", "unshare"]))
        for word in ["--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"] {
            #expect(arguments.contains(word))
        }
        #expect(arguments.suffix(3) == ["--", "/bin/martlet", "cluster"] && !arguments.contains("--user"))
    }

    @Test func detachedItOutlivesItsStarter() {
        let arguments = ClusterLaunch(command: ["x"], isDetached: true).arguments(isRoot: true)
        #expect(arguments.first == "unshare")
    }

    @Test func withoutRootItHasAUserNamespaceWithARangeOfIds() {
        let arguments = ClusterLaunch(command: ["x"], isDetached: false).arguments(isRoot: false)
        for word in ["--user", "--map-root-user", "--map-auto"] { #expect(arguments.contains(word)) }
    }

    @Test func aMissingToolIsNamedWithItsPackage() {
        #expect(Preflight.find("no-such-tool", environment: ["PATH": "/bin"]) == nil)
        #expect(Preflight.find("sh", environment: [:]) != nil, "also where only root's PATH leads")
    }

    @Test func imagesOfTheSamplesStandForPrograms() {
        let home = ClusterHome("/h")
        let configuration = ClusterConfiguration(home: home, programs: "/p", version: "1")
        let catalogue = ImageCatalogue.samples(configuration)
        #expect(catalogue.entry(for: "martlet/proxyv2:1")?.program == "/p/martlet-proxy")
        #expect(catalogue.entry(for: "martlet/pilot:1")?.program == "/p/martletd")
        let reviews = catalogue.entry(for: "docker.io/istio/examples-bookinfo-reviews-v2:1.20.3")
        #expect(reviews?.program == "/p/martlet-samples" && reviews?.arguments == ["bookinfo", "reviews-v2"])
        let elsewhere = catalogue.entry(for: "registry.example.org/release/examples-bookinfo-details-v1:1")
        #expect(elsewhere?.arguments == ["bookinfo", "details-v1"])
        #expect(catalogue.entry(for: "docker.io/curlimages/curl:8.16.0")?.program == "curl")
        #expect(catalogue.entry(for: "nginx") == nil && catalogue.entry(for: "example.org/shop/debian") == nil)
    }

    @Test func progressIsOneLineEach() throws {
        var ends: [Int32] = [0, 0]
        try #require(Foundation.pipe(&ends) == 0)
        let writer = ProgressWriter(descriptor: ends[1])
        let told: [ClusterProgress] = [
            .began("a"), .ended("a", seconds: 1.5), .note("b\nc"),
            .stuck(ClusterFailure(message: "m", remedy: "r")),
            .ready(ReadyCluster(kubeconfig: "k", gateway: "g", dashboard: "d")),
        ]
        for event in told { writer.tell(event) }
        close(ends[1])
        let text = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readDataToEndOfFile()
        let lines = text.split(separator: UInt8(ascii: "\n"))
        #expect(try lines.map { try JSONDecoder().decode(ClusterProgress.self, from: Data($0)) } == told)
    }
}
