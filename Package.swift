// swift-tools-version: 6.2
import PackageDescription

// The house is listed in the order data walks: config -> model -> xDS -> wire -> snapshot -> filters -> upstream.
// A room may import only rooms of its own floor or of the floors named here; the manifest refuses anything else.
let mayImport: [String: Set<String>] = [
    "Contract": [],
    "ControlPlane": ["Contract"],
    "DataPlane": ["Contract"],
    "Embedded": ["Contract", "ControlPlane", "DataPlane"],
    "Tooling": ["Contract", "ControlPlane", "DataPlane", "Embedded"],
    "Programs": ["Contract", "ControlPlane", "DataPlane", "Embedded", "Tooling"],
]

/// A target of the house: the floor it stands on, the rooms it opens a door to, and the products it borrows.
struct Room {
    var floor: String
    var name: String
    var imports: [String] = []
    var products: [String] = []
    var tested = true
}

let rooms: [Room] = [
    // Contract: what both planes agree on. No sockets.
    Room(floor: "Contract", name: "EnvoyAPI", products: ["SwiftProtobuf", "GRPCCore", "GRPCProtobuf"], tested: false),
    Room(floor: "Contract", name: "RegularExpressions", imports: ["CRE2"]),
    Room(floor: "Contract", name: "MeshIdentity"),
    Room(floor: "Contract", name: "MeshTelemetry", products: ["NIOCore"]),
    Room(floor: "Contract", name: "KubernetesAPI", products: ["Yams"]),
    Room(floor: "Contract", name: "DNSWire"),
    Room(floor: "Contract", name: "XDSProtocol", imports: ["EnvoyAPI"], products: ["SwiftProtobuf"]),

    // ControlPlane: config in, xDS out.
    Room(floor: "ControlPlane", name: "MeshConfig", imports: ["RegularExpressions"], products: ["Yams"]),
    Room(floor: "ControlPlane", name: "MeshModel", imports: ["MeshConfig", "MeshIdentity"]),
    Room(
        floor: "ControlPlane",
        name: "ConfigSources",
        imports: ["KubernetesAPI", "MeshConfig"],
        products: ["Logging"]
    ),
    Room(
        floor: "ControlPlane",
        name: "KubernetesClient",
        imports: ["KubernetesAPI"],
        products: [
            "AsyncHTTPClient", "Logging", "NIOCore", "NIOFoundationCompat", "NIOHTTP1", "NIOPosix", "NIOSSL",
            "NIOWebSocket",
            "Yams",
        ]
    ),
    Room(
        floor: "ControlPlane",
        name: "SidecarInjection",
        imports: ["KubernetesAPI", "MeshConfig"]
    ),
    Room(
        floor: "ControlPlane",
        name: "XDSGeneration",
        imports: ["EnvoyAPI", "MeshConfig", "MeshIdentity", "MeshModel", "MeshTelemetry"],
        products: ["SwiftProtobuf"]
    ),
    Room(
        floor: "ControlPlane",
        name: "DiscoveryServer",
        imports: ["EnvoyAPI", "MeshIdentity", "MeshModel", "MeshTelemetry", "XDSGeneration", "XDSProtocol"],
        products: ["GRPCCore", "GRPCProtobuf", "SwiftProtobuf", "Logging", "DequeModule"]
    ),
    Room(
        floor: "ControlPlane",
        name: "CertificateAuthority",
        imports: ["MeshIdentity"],
        products: ["Crypto", "CryptoExtras", "SwiftASN1", "X509"]
    ),
    Room(
        floor: "ControlPlane",
        name: "IssuerKeys",
        imports: ["MeshConfig"],
        products: ["AsyncHTTPClient", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"]
    ),
    Room(floor: "ControlPlane", name: "MeshInstallation", imports: ["KubernetesAPI", "SidecarInjection"]),
    Room(
        floor: "ControlPlane",
        name: "ControlPlaneRuntime",
        imports: [
            "CertificateAuthority", "ConfigSources", "DiscoveryServer", "EnvoyAPI", "IssuerKeys", "KubernetesAPI",
            "KubernetesClient", "MeshConfig", "MeshIdentity", "MeshModel", "MeshTelemetry", "SidecarInjection",
            "XDSGeneration", "XDSProtocol",
        ],
        products: [
            "Crypto", "GRPCNIOTransportHTTP2Posix", "GRPCCore", "HTTPTypes", "Hummingbird", "HummingbirdTLS", "NIOCore",
            "NIOPosix", "NIOSSL", "NIOTLS", "ServiceLifecycle", "Logging", "SwiftASN1", "SwiftProtobuf", "UnixSignals",
            "X509",
            "CryptoExtras",
        ]
    ),

    // DataPlane: xDS in, bytes out. Imports run the way a request runs.
    Room(floor: "DataPlane", name: "HTTPWire", products: ["NIOCore"]),
    Room(
        floor: "DataPlane",
        name: "SocketTransport",
        imports: ["CEpoll"],
        products: ["DequeModule", "HeapModule", "NIOCore"]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxySnapshot",
        imports: ["EnvoyAPI", "HTTPWire", "RegularExpressions"],
        products: ["SwiftProtobuf"]
    ),
    Room(
        floor: "DataPlane",
        name: "DiscoveryClient",
        imports: ["EnvoyAPI", "ProxyIdentity", "ProxySnapshot", "XDSProtocol"],
        products: ["GRPCNIOTransportHTTP2Posix", "GRPCCore", "GRPCProtobuf", "SwiftProtobuf", "Logging"]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyIdentity",
        imports: ["EnvoyAPI", "MeshIdentity", "XDSProtocol"],
        products: [
            "Crypto", "CryptoExtras", "GRPCCore", "GRPCNIOTransportHTTP2Posix", "GRPCProtobuf", "Logging", "SwiftASN1",
            "SwiftProtobuf", "X509",
        ]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyTLS",
        imports: ["MeshIdentity", "MeshTelemetry", "ProxySnapshot"],
        products: ["Crypto", "NIOCore", "NIOSSL", "SwiftASN1"]
    ),
    Room(floor: "DataPlane", name: "ProxyRouting", imports: ["HTTPWire", "ProxySnapshot", "RegularExpressions"]),
    Room(floor: "DataPlane", name: "ProxyBalancing", imports: ["ProxySnapshot"]),
    Room(
        floor: "DataPlane",
        name: "ProxyUpstream",
        imports: ["HTTPWire", "MeshTelemetry", "ProxyBalancing", "ProxySnapshot", "ProxyTLS", "SocketTransport"],
        products: ["NIOCore", "NIOSSL", "NIOTLS"]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyFilters",
        imports: [
            "HTTPWire", "MeshTelemetry", "ProxyBalancing", "ProxyRouting", "ProxySnapshot", "ProxyTLS", "ProxyUpstream",
            "RegularExpressions",
        ],
        products: ["Crypto", "CryptoExtras", "NIOCore"]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyDownstream",
        imports: [
            "HTTPWire", "MeshTelemetry", "ProxyBalancing", "ProxyFilters", "ProxyRouting", "ProxySnapshot",
            "ProxyTLS", "ProxyUpstream", "SocketTransport",
        ],
        products: ["NIOCore", "NIOSSL", "NIOTLS"]
    ),
    Room(
        floor: "DataPlane",
        name: "AuthorizationClient",
        imports: ["EnvoyAPI", "HTTPWire", "ProxyFilters", "ProxySnapshot", "ProxyTLS", "ProxyUpstream"],
        products: ["GRPCCore", "GRPCNIOTransportHTTP2Posix", "GRPCProtobuf", "NIOCore", "SwiftProtobuf"]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyAdmin",
        imports: ["HTTPWire", "MeshTelemetry", "ProxySnapshot", "RegularExpressions"],
        products: ["NIOCore", "NIOPosix", "Logging"]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyAgent",
        imports: ["EnvoyAPI", "MeshIdentity", "ProxyAdmin", "ProxyIdentity"],
        products: [
            "AsyncHTTPClient", "GRPCCore", "GRPCNIOTransportHTTP2Posix", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix",
            "NIOSSL", "Subprocess", "SwiftProtobuf", "SystemPackage",
        ]
    ),
    Room(
        floor: "DataPlane",
        name: "ProxyRuntime",
        imports: [
            "AuthorizationClient", "CMalloc", "DiscoveryClient", "EnvoyAPI", "HTTPWire", "MeshTelemetry", "ProxyAdmin",
            "ProxyAgent", "ProxyBalancing", "ProxyDownstream", "ProxyFilters", "ProxyIdentity", "ProxyRouting",
            "ProxySnapshot", "ProxyTLS", "ProxyUpstream", "SocketTransport",
        ],
        products: ["NIOCore", "NIOPosix", "Logging", "ServiceLifecycle", "SwiftProtobuf"]
    ),

    // Embedded: the cluster on one machine. Nothing in the planes knows that it is there.
    Room(floor: "Embedded", name: "ClusterStore", imports: ["KubernetesAPI"], products: ["GRDB", "Logging"]),
    Room(floor: "Embedded", name: "ClusterSchema", imports: ["KubernetesAPI", "RegularExpressions"]),
    Room(
        floor: "Embedded",
        name: "ClusterAPI",
        imports: ["CZlib", "ClusterSchema", "ClusterStore", "KubernetesAPI"],
        products: [
            "AsyncHTTPClient", "Crypto", "HTTPTypes", "HummingbirdCore", "Logging", "NIOCore", "NIOHTTP1",
            "NIOHTTPTypes",
            "NIOHTTPTypesHTTP1", "NIOPosix", "NIOSSL", "NIOWebSocket", "SwiftASN1", "X509",
        ]
    ),
    Room(floor: "Embedded", name: "ClusterControllers", imports: ["KubernetesAPI"], products: ["Logging"]),
    Room(
        floor: "Embedded",
        name: "ClusterNetwork",
        imports: ["CNetworkNamespace", "DNSWire", "KubernetesAPI"],
        products: ["Logging", "NIOCore", "NIOPosix", "Subprocess", "SystemPackage"]
    ),
    Room(
        floor: "Embedded",
        name: "PodRuntime",
        imports: ["CSandbox", "ClusterNetwork", "KubernetesAPI"],
        products: ["Logging", "NIOCore", "NIOPosix", "NIOSSL"]
    ),
    Room(
        floor: "Embedded",
        name: "EmbeddedCluster",
        imports: [
            "ClusterAPI", "ClusterControllers", "ClusterNetwork", "ClusterSchema", "ClusterStore", "KubernetesAPI",
            "MeshInstallation", "PodRuntime",
        ],
        products: ["AsyncHTTPClient", "Crypto", "Logging", "NIOCore", "NIOHTTP1"]
    ),
    Room(
        floor: "Embedded",
        name: "SampleApplications",
        products: [
            "AsyncHTTPClient", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "NIOCore", "NIOHTTP1",
            "NIOPosix", "ServiceLifecycle", "UnixSignals",
        ]
    ),

    // Tooling: the only library floor that sees both planes.
    Room(
        floor: "Tooling",
        name: "MeshSimulation",
        imports: [
            "ConfigSources", "EnvoyAPI", "HTTPWire", "KubernetesAPI", "MeshConfig", "MeshModel", "MeshTelemetry",
            "ProxyBalancing", "ProxyFilters", "ProxyRouting", "ProxySnapshot", "XDSGeneration",
        ],
        products: ["NIOCore", "SwiftProtobuf"]
    ),
    Room(
        floor: "Tooling",
        name: "MartletCommands",
        imports: [
            "ConfigSources", "EmbeddedCluster", "KubernetesAPI", "KubernetesClient", "MeshConfig", "MeshModel",
            "MeshSimulation", "MeshTelemetry", "SidecarInjection",
        ],
        products: [
            "ArgumentParser", "AsyncHTTPClient", "Logging", "NIOCore", "NIOHTTP1", "SwiftASN1", "UnixSignals", "X509",
        ]
    ),
]

let programs: [Room] = [
    Room(floor: "Programs", name: "martlet", imports: ["MartletCommands"], products: ["ArgumentParser"]),
    Room(
        floor: "Programs",
        name: "martletd",
        imports: ["CertificateAuthority", "ControlPlaneRuntime", "IssuerKeys", "KubernetesClient"],
        products: ["ArgumentParser", "Logging"]
    ),
    Room(
        floor: "Programs",
        name: "martlet-proxy",
        imports: ["MeshTelemetry", "ProxyAgent", "ProxyIdentity", "ProxyRuntime"],
        products: ["ArgumentParser", "Logging", "UnixSignals"]
    ),
    Room(
        floor: "Programs",
        name: "martlet-samples",
        imports: ["SampleApplications"],
        products: ["ArgumentParser", "Logging"]
    ),
]

/// C and C++ rooms have no imports of their own; they stand beside the Swift room that wraps them.
let foreignRooms: [String: String] = [
    "CEpoll": "DataPlane", "CMalloc": "DataPlane", "CRE2": "Contract", "CNetworkNamespace": "Embedded",
    "CSandbox": "Embedded", "CZlib": "Embedded",
]

/// Product -> package it comes from.
let products: [String: String] = [
    "SwiftProtobuf": "swift-protobuf",
    "GRPCCore": "grpc-swift-2",
    "GRPCProtobuf": "grpc-swift-protobuf",
    "GRPCNIOTransportHTTP2Posix": "grpc-swift-nio-transport",
    "Yams": "Yams",
    "NIOCore": "swift-nio",
    "NIOPosix": "swift-nio",
    "NIOEmbedded": "swift-nio",
    "NIOFoundationCompat": "swift-nio",
    "NIOHTTP1": "swift-nio",
    "NIOTLS": "swift-nio",
    "NIOWebSocket": "swift-nio",
    "NIOHTTPTypes": "swift-nio-extras",
    "NIOHTTPTypesHTTP1": "swift-nio-extras",
    "NIOSSL": "swift-nio-ssl",
    "AsyncHTTPClient": "async-http-client",
    "Crypto": "swift-crypto",
    "CryptoExtras": "swift-crypto",
    "SwiftASN1": "swift-asn1",
    "X509": "swift-certificates",
    "GRDB": "GRDB.swift",
    "Logging": "swift-log",
    "DequeModule": "swift-collections",
    "HeapModule": "swift-collections",
    "Hummingbird": "hummingbird",
    "HummingbirdCore": "hummingbird",
    "HummingbirdTLS": "hummingbird",
    "HTTPTypes": "swift-http-types",
    "ServiceLifecycle": "swift-service-lifecycle",
    "UnixSignals": "swift-service-lifecycle",
    "Subprocess": "swift-subprocess",
    "SystemPackage": "swift-system",
    "ArgumentParser": "swift-argument-parser",
    "CustomDump": "swift-custom-dump",
    "IssueReportingTestSupport": "xctest-dynamic-overlay",
]

let packages: [String: Package.Dependency] = [
    "swift-protobuf": .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    "grpc-swift-2": .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    "grpc-swift-protobuf": .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    "grpc-swift-nio-transport": .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    "Yams": .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    "swift-nio": .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    "swift-log": .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    "swift-collections": .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    "swift-http-types": .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    "hummingbird": .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    "async-http-client": .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    "swift-nio-extras": .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    "swift-nio-ssl": .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    "swift-crypto": .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    "swift-asn1": .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    "swift-certificates": .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    "GRDB.swift": .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    "swift-service-lifecycle": .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // Without the trait that brings Foundation's Data.
    "swift-subprocess": .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    "swift-system": .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    "swift-argument-parser": .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    "swift-custom-dump": .package(url: "https://github.com/pointfreeco/swift-custom-dump", from: "1.7.3"),
    // Without it a difference that CustomDump finds is printed and the test passes.
    "xctest-dynamic-overlay": .package(url: "https://github.com/pointfreeco/xctest-dynamic-overlay", from: "1.13.1"),
]

/// What a room's tests borrow beyond the room itself.
let testProducts: [String: [String]] = [
    "DiscoveryClient": ["Crypto", "SwiftASN1", "X509"],
    "HTTPWire": ["NIOCore"],
    "MeshTelemetry": ["NIOCore"],
    "ProxyUpstream": ["NIOCore", "NIOPosix", "NIOEmbedded"],
    "ProxyFilters": ["NIOCore", "NIOPosix", "NIOEmbedded"],
    "ProxyDownstream": ["NIOCore", "NIOPosix", "NIOEmbedded", "NIOSSL"],
    "ProxyTLS": ["NIOEmbedded", "NIOTLS", "X509"],
    "SocketTransport": ["NIOCore"],
    "ProxyAdmin": ["NIOCore", "NIOPosix"],
    "ProxyRuntime": ["Logging", "NIOCore", "NIOPosix"],
    "ProxyRouting": ["NIOCore"],
    "MeshSimulation": ["Yams"],
    "ControlPlaneRuntime": ["AsyncHTTPClient", "NIOHTTP1"],
]

/// Rooms whose tests borrow from `Tests/Support/MeshTesting`.
let supportedTests: Set<String> = ["AuthorizationClient", "ProxyDownstream", "ProxyTLS"]

/// Every room's tests show differences as a diff.
let diffing = ["CustomDump", "IssueReportingTestSupport"]

var floors = foreignRooms
for room in rooms { floors[room.name] = room.floor }

for room in rooms + programs {
    for name in room.imports {
        let floor = floors[name] ?? "unknown"
        guard floor == room.floor || mayImport[room.floor, default: []].contains(floor) else {
            preconditionFailure("\(room.floor)/\(room.name) may not import \(floor)/\(name)")
        }
    }
}

/// `MARTLET_ROOM=HTTPWire swift test` plans, builds and tests one room and what it imports, nothing else.
let focus = Context.environment["MARTLET_ROOM"].map { Set($0.split(separator: ",").map(String.init)) }

let byName = Dictionary(uniqueKeysWithValues: (rooms + programs).map { ($0.name, $0) })
var inUse: Set<String> = []
var doors = Array(focus ?? Set(byName.keys))
while let name = doors.popLast() {
    if inUse.insert(name).inserted { doors += byName[name]?.imports ?? [] }
}

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Generated code is taken as the generators write it.
let generatedSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault"),
]

func dependencies(_ room: Room) -> [Target.Dependency] {
    room.imports.map { .byName(name: $0) } + borrowed(room.products)
}

func borrowed(_ names: [String]) -> [Target.Dependency] {
    names.map { .product(name: $0, package: products[$0] ?? "unknown") }
}

let openRooms = rooms.filter { inUse.contains($0.name) }
let openPrograms = programs.filter { inUse.contains($0.name) }
let testedRooms = openRooms.filter { $0.tested && (focus?.contains($0.name) ?? true) }

var targets: [Target] = openRooms.map { room in
    .target(
        name: room.name,
        dependencies: dependencies(room),
        path: "Sources/\(room.floor)/\(room.name)",
        swiftSettings: room.name == "EnvoyAPI" ? generatedSettings : swiftSettings
    )
}
targets += openPrograms.map { program in
    .executableTarget(
        name: program.name,
        dependencies: dependencies(program),
        path: "Sources/Programs/\(program.name)",
        swiftSettings: swiftSettings
    )
}
if inUse.contains("CRE2") {
    targets.append(
        .target(
            name: "CRE2",
            path: "Sources/Contract/CRE2",
            linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]
        )
    )
}
if inUse.contains("CNetworkNamespace") {
    targets.append(.target(name: "CNetworkNamespace", path: "Sources/Embedded/CNetworkNamespace"))
}
if inUse.contains("CSandbox") {
    targets.append(.target(name: "CSandbox", path: "Sources/Embedded/CSandbox"))
}
if inUse.contains("CEpoll") {
    targets.append(.target(name: "CEpoll", path: "Sources/DataPlane/CEpoll"))
}
if inUse.contains("CMalloc") {
    targets.append(.systemLibrary(name: "CMalloc", path: "Sources/DataPlane/CMalloc"))
}
if inUse.contains("CZlib") {
    targets.append(.systemLibrary(name: "CZlib", path: "Sources/Embedded/CZlib"))
}
if testedRooms.contains(where: { supportedTests.contains($0.name) }) {
    targets.append(
        .target(
            name: "MeshTesting",
            dependencies: borrowed(["Crypto", "NIOCore", "NIOEmbedded", "SwiftASN1", "X509"]),
            path: "Tests/Support/MeshTesting",
            swiftSettings: swiftSettings
        )
    )
}
// Which row of Documentation/Hardening.md a test shows; any room's tests may say so.
if !testedRooms.isEmpty {
    targets.append(
        .target(name: "SecurityTags", path: "Tests/Support/SecurityTags", swiftSettings: swiftSettings)
    )
}
targets += testedRooms.map { room in
    .testTarget(
        name: "\(room.name)Tests",
        dependencies: [.byName(name: room.name), .byName(name: "SecurityTags")]
            + room.imports.filter { foreignRooms[$0] == nil }.map { .byName(name: $0) }
            + (supportedTests.contains(room.name) ? [.byName(name: "MeshTesting")] : [])
            + borrowed(Array(Set(testProducts[room.name, default: []] + room.products + diffing)).sorted()),
        path: "Tests/\(room.floor)/\(room.name)Tests",
        swiftSettings: swiftSettings
    )
}

// All of them even with a focus: resolving fewer would throw the other checkouts away, and what was built of them.
let borrowedProducts = Set((rooms + programs).flatMap(\.products) + testProducts.values.joined() + diffing)

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15)],
    products: openPrograms.map { .executable(name: $0.name, targets: [$0.name]) },
    dependencies: Set(borrowedProducts.compactMap { products[$0] }).sorted().compactMap { packages[$0] },
    targets: targets,
    cxxLanguageStandard: .cxx17
)
