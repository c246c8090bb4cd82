package import SwiftProtobuf

/// Kinds of resources that are generated.
package enum ResourceKind: Sendable, Hashable, CaseIterable {
    /// `envoy.config.listener.v3.Listener`.
    case listener
    /// `envoy.config.route.v3.RouteConfiguration`.
    case route
    /// `envoy.config.cluster.v3.Cluster`.
    case cluster
    /// `envoy.config.endpoint.v3.ClusterLoadAssignment`.
    case endpoint
    /// `envoy.extensions.transport_sockets.tls.v3.Secret`, of Kubernetes' Secrets.
    case secret

    /// What is made of configuration; secrets follow from nothing but themselves.
    static let configured: Set<ResourceKind> = [.listener, .route, .cluster, .endpoint]
}

/// A resource as it goes out: serialized once, however many proxies it is sent to.
package struct GeneratedResource: Sendable, Hashable {
    /// Name of the resource.
    package let name: String
    /// Hash of the content, 32 hexadecimal digits; equal content has equal versions, also after a restart.
    package let version: String
    /// Message with its type URL, already in bytes.
    package let body: Google_Protobuf_Any

    init(name: String, _ message: some Message) {
        self.name = name
        body = Google_Protobuf_Any(packing: message)
        version = ContentHash.hexadecimal(body.value)
    }

    /// A message that is packed already.
    init(name: String, packed body: Google_Protobuf_Any) {
        self.name = name
        self.body = body
        version = ContentHash.hexadecimal(body.value)
    }

    /// The version stands for the body.
    package static func == (left: GeneratedResource, right: GeneratedResource) -> Bool {
        left.name == right.name && left.version == right.version
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(version)
    }
}

/// Versions of resources: FNV-1a in two lanes; it tells edits apart and is not meant against an adversary.
enum ContentHash {
    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        var first: UInt64 = 0xcbf2_9ce4_8422_2325
        var second: UInt64 = 0x6c62_272e_07bb_0142
        for byte in bytes {
            first = (first ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            second = (second &+ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15
            second ^= second >> 29
        }
        return digits(first) + digits(second)
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
