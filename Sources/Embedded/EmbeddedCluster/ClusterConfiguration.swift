/// What `martlet up` was asked for; read once from its command line.
package struct ClusterConfiguration: Sendable {
    package var home: ClusterHome
    /// Who carries the requests of gateways and injected pods.
    package var engine: Engine
    package var samples: [Sample]
    /// Files and folders of YAML to apply, in this order, after the samples.
    package var files: [String]
    /// Of the host's loopback; nil takes the one of before or, if that is busy, any.
    package var apiPort: UInt16?
    /// Of the host's loopback: a busy port is an error, 0 takes a free one.
    package var gatewayPort: UInt16
    /// The directory of `martletd`, `martlet-proxy` and `martlet-samples`.
    package var programs: String
    /// The Envoy binary for ``Engine/envoy``.
    package var envoyPath: String?
    /// Version of the images, which are this build's programs.
    package var version: String

    /// Who carries requests: our own proxy, or Envoy.
    package enum Engine: String, Sendable, CaseIterable { case swift, envoy }

    package init(home: ClusterHome, programs: String, version: String) {
        self.home = home
        self.programs = programs
        self.version = version
        engine = .swift
        samples = []
        files = []
        gatewayPort = 8080
    }
}

/// Applications that come with Martlet: YAML in `Samples/NAME` and the programs its images stand for.
package enum Sample: String, Sendable, CaseIterable {
    case bookinfo, httpbin, tutorial

    /// Where its pods run; made and labelled for injection.
    package var namespace: String {
        switch self {
        case .bookinfo, .httpbin: "default"
        case .tutorial: "tutorial"
        }
    }

    /// What answers 200 through the gateway once the sample is up.
    package var path: String {
        switch self {
        case .bookinfo: "/productpage"
        case .httpbin: "/status/200"
        case .tutorial: "/customer"
        }
    }
}
