/// Which workloads a policy is for (Istio `type.v1beta1.WorkloadSelector` and `PolicyTargetReference`).
package enum PolicyAttachment: Sendable, Hashable {
    /// Workloads with all of these labels; without labels every workload of the namespace, or in the root namespace of
    /// the mesh.
    case workloads(labels: [String: String])
    /// Objects of the policy's own namespace; never empty.
    case targets([PolicyTargetReference])

    /// Every workload of the namespace.
    package static let everything = PolicyAttachment.workloads(labels: [:])
}

/// An object a policy is for (Istio `type.v1beta1.PolicyTargetReference`).
package struct PolicyTargetReference: Sendable, Hashable {
    /// Group of the object; empty for Kubernetes' core group.
    package var group: String
    /// Kind of the object.
    package var kind: String
    /// Name of the object.
    package var name: String

    package init(group: String, kind: String, name: String) {
        self.group = group
        self.kind = kind
        self.name = name
    }

    /// Kinds that may be referred to (Istio `allowedTargetRefs`).
    static let allowed: [(group: String, kind: String)] = [
        ("gateway.networking.k8s.io", "Gateway"), ("gateway.networking.k8s.io", "GatewayClass"), ("", "Service"),
        ("networking.istio.io", "ServiceEntry"),
    ]

    /// Whether it is a Gateway of the Kubernetes Gateway API, the one kind that a proxy of this mesh can be.
    package var isGateway: Bool { group == "gateway.networking.k8s.io" && kind == "Gateway" }
}

/// Values of which one must match, and values of which none may (Istio `values` and `notValues`, `X` and `notX`).
package struct PolicyValues: Sendable, Hashable {
    /// One of these must match; empty asks for nothing.
    package var values: [String] = []
    /// None of these may match.
    package var notValues: [String] = []

    package init(values: [String] = [], notValues: [String] = []) {
        self.values = values
        self.notValues = notValues
    }

    /// Whether nothing is asked for.
    package var isEmpty: Bool { values.isEmpty && notValues.isEmpty }
}

extension PolicyTargetReference: FieldDecodable {
    init(fields: FieldReader) {
        self.init(
            group: fields.string("group"),
            kind: fields.requiredString("kind"),
            name: fields.requiredString("name")
        )
        if group == "core" { group = "" }
        fields.require(
            fields.string("namespace").isEmpty,
            "namespace",
            "must not be set: a policy is for objects of its own namespace"
        )
        guard !kind.isEmpty, !Self.allowed.contains(where: { $0 == (group, kind) }) else { return }
        let allowed = Self.allowed.map { $0.group.isEmpty ? $0.kind : "\($0.group)/\($0.kind)" }
        fields.error(
            "kind",
            "\((group.isEmpty ? kind : "\(group)/\(kind)").quotedForMessage) is not one of "
                + allowed.joined(separator: ", ")
        )
    }
}

extension FieldReader {
    /// Reads `selector`, `targetRef` and `targetRefs`, of which one may be written.
    func policyAttachment() -> PolicyAttachment {
        exclusive("selector", "targetRef", "targetRefs")
        var labels: [String: String] = [:]
        if let selector = reader("selector") {
            labels = selector.labels("matchLabels")
            selector.finish()
            if labels.isEmpty { warning("selector", "no matchLabels: it is every workload of the namespace") }
        }
        var targets: [PolicyTargetReference] = messages("targetRefs")
        if let target: PolicyTargetReference = message("targetRef") { targets.append(target) }
        require(targets.count <= 16, "targetRefs", "at most 16")
        for target in targets where !target.isGateway {
            warning(
                has("targetRefs") ? "targetRefs" : "targetRef",
                "\(target.kind) \(target.name) can only be meant for a waypoint, which this mesh does not have: the policy "
                    + "has no effect there; write a selector"
            )
        }
        return targets.isEmpty ? .workloads(labels: labels) : .targets(targets)
    }

    /// Reads `NAME` and `notNAME`, every value checked; `reason` says what is wrong with one or nil.
    func policyValues(_ name: String, checkedBy reason: (String) -> String? = { _ in nil }) -> PolicyValues {
        let check = { (text: String) in text.isEmpty ? "must not be empty" : reason(text) }
        return PolicyValues(
            values: strings(name, checkedBy: check),
            notValues: strings("not\(name.prefix(1).uppercased())\(name.dropFirst())", checkedBy: check)
        )
    }
}
