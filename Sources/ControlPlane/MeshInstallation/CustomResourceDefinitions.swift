package import KubernetesAPI

/// The CustomResourceDefinitions of Istio's kinds, every served version of them.
///
/// Their schemas say what fields are for (`kubectl explain`) and of which type they are, and stay open: which fields
/// there are and what they may hold is decided by the validating webhook, which names what was meant and the allowed
/// values, and by nothing else, so that the two cannot disagree.
package enum CustomResourceDefinitions {
    /// One row: what kubectl needs to know of a kind.
    private struct Kind {
        var group: String
        var name: String
        var plural: String
        var shortNames: [String] = []
        /// Served versions, the stored one first.
        var versions = ["v1", "v1beta1", "v1alpha3"]
        /// Printer columns: name, JSONPath, description.
        var columns: [(String, String, String)] = []
    }

    private static let networking = "networking.istio.io"
    private static let security = "security.istio.io"

    private static let kinds: [Kind] = [
        Kind(
            group: networking,
            name: "VirtualService",
            plural: "virtualservices",
            shortNames: ["vs"],
            columns: [
                ("Gateways", ".spec.gateways", "The gateways and sidecars that the rules are for"),
                ("Hosts", ".spec.hosts", "The hosts that the rules are for"),
            ]
        ),
        Kind(
            group: networking,
            name: "DestinationRule",
            plural: "destinationrules",
            shortNames: ["dr"],
            columns: [("Host", ".spec.host", "The service that the policies are for")]
        ),
        Kind(group: networking, name: "Gateway", plural: "gateways", shortNames: ["gw"]),
        Kind(
            group: networking,
            name: "ServiceEntry",
            plural: "serviceentries",
            shortNames: ["se"],
            columns: [
                ("Hosts", ".spec.hosts", "The hosts of the service"),
                ("Location", ".spec.location", "MESH_EXTERNAL or MESH_INTERNAL"),
                ("Resolution", ".spec.resolution", "How addresses are found"),
            ]
        ),
        Kind(group: networking, name: "Sidecar", plural: "sidecars"),
        Kind(
            group: networking,
            name: "WorkloadEntry",
            plural: "workloadentries",
            shortNames: ["we"],
            columns: [("Address", ".spec.address", "The address of the workload")]
        ),
        Kind(group: networking, name: "WorkloadGroup", plural: "workloadgroups", shortNames: ["wg"]),
        Kind(group: networking, name: "EnvoyFilter", plural: "envoyfilters", versions: ["v1alpha3"]),
        Kind(group: networking, name: "ProxyConfig", plural: "proxyconfigs", versions: ["v1beta1"]),
        Kind(
            group: security,
            name: "PeerAuthentication",
            plural: "peerauthentications",
            shortNames: ["pa"],
            versions: ["v1", "v1beta1"],
            columns: [("Mode", ".spec.mtls.mode", "What the workloads accept")]
        ),
        Kind(
            group: security,
            name: "AuthorizationPolicy",
            plural: "authorizationpolicies",
            shortNames: ["ap"],
            versions: ["v1", "v1beta1"],
            columns: [("Action", ".spec.action", "What happens to requests that match")]
        ),
        Kind(
            group: security,
            name: "RequestAuthentication",
            plural: "requestauthentications",
            shortNames: ["ra"],
            versions: ["v1", "v1beta1"]
        ),
        Kind(
            group: "telemetry.istio.io",
            name: "Telemetry",
            plural: "telemetries",
            shortNames: ["telemetry"],
            versions: ["v1", "v1alpha1"]
        ),
        Kind(group: "extensions.istio.io", name: "WasmPlugin", plural: "wasmplugins", versions: ["v1alpha1"]),
    ]

    /// All of them.
    package static let all: [KubernetesObject] = kinds.map(definition)

    private static func definition(_ kind: Kind) -> KubernetesObject {
        let type = ResourceType.customResourceDefinitions
        var object = KubernetesObject(type, ObjectName(name: "\(kind.plural).\(kind.group)"))
        object.labels = ["app": "istio-pilot", "chart": "istio", "release": "istio"]
        var names: JSONValue = [
            "kind": .string(kind.name), "listKind": .string("\(kind.name)List"), "plural": .string(kind.plural),
            "singular": .string(kind.name.lowercased()), "categories": ["istio-io", "networking-istio-io"],
        ]
        if !kind.shortNames.isEmpty { names["shortNames"] = .array(kind.shortNames.map { .string($0) }) }
        if kind.group != networking {
            names["categories"] = ["istio-io", .string(kind.group.replacing(".", with: "-"))]
        }
        object["spec"] = [
            "group": .string(kind.group), "scope": "Namespaced", "names": names,
            "versions": .array(kind.versions.enumerated().map { version($1, isStored: $0 == 0, of: kind) }),
        ]
        return object
    }

    private static func version(_ name: String, isStored: Bool, of kind: Kind) -> JSONValue {
        var columns: [JSONValue] = kind.columns.map { name, path, description in
            ["name": .string(name), "type": "string", "jsonPath": .string(path), "description": .string(description)]
        }
        columns.append(["name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"])
        let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        return [
            "name": .string(name), "served": true, "storage": .bool(isStored),
            "additionalPrinterColumns": .array(columns), "subresources": ["status": [:]],
            "schema": [
                "openAPIV3Schema": [
                    "type": "object",
                    "properties": ["spec": FieldText.all.specification(of: kind.name) ?? open, "status": open],
                ]
            ],
        ]
    }
}
