import KubernetesAPI

/// What holds for the metadata of every kind.
enum MetadataRules {
    static func errors(_ object: JSONValue, old: JSONValue?, _ type: ResourceType) -> [FieldError] {
        var errors: [FieldError] = []
        let metadata = object["metadata"] ?? [:]
        let name = metadata["name"]?.string ?? ""
        if old == nil, !type.isReview {
            if name.isEmpty {
                errors.append(.required("metadata.name", "name or generateName is required"))
            } else if let problem = nameProblem(name, type) {
                errors.append(.invalid("metadata.name", .string(name), problem))
            }
        }
        errors += labelErrors(metadata["labels"], at: "metadata.labels")
        var size = 0
        for (key, value) in (metadata["annotations"]?.strings ?? [:]).sorted(by: { $0.key < $1.key }) {
            size += key.utf8.count + value.utf8.count
            if let problem = TextFormat.qualifiedNameProblem(key.lowercased()) {
                errors.append(.invalid("metadata.annotations", .string(key), problem))
            }
        }
        if size > 262_144 { errors.append(.tooLong("metadata.annotations", 262_144)) }
        for (index, finalizer) in (metadata["finalizers"]?.array ?? []).enumerated() {
            let text = finalizer.string ?? ""
            if let problem = TextFormat.qualifiedNameProblem(text) {
                errors.append(.invalid("metadata.finalizers[\(index)]", finalizer, problem))
            }
        }
        let references = metadata["ownerReferences"]?.array ?? []
        for (index, reference) in references.enumerated() {
            for field in ["apiVersion", "kind", "name", "uid"] where (reference[field]?.string ?? "").isEmpty {
                errors.append(.invalid("metadata.ownerReferences[\(index)].\(field)", "", "must not be empty"))
            }
        }
        if references.count(where: { $0["controller"]?.bool == true }) > 1 {
            errors.append(
                .invalid(
                    "metadata.ownerReferences",
                    .array(references),
                    "Only one reference can have Controller set to true"
                )
            )
        }
        if let old { errors += changeErrors(old["metadata"] ?? [:], metadata) }
        return errors
    }

    private static func changeErrors(_ old: JSONValue, _ new: JSONValue) -> [FieldError] {
        ["name", "namespace", "uid", "creationTimestamp"].compactMap { field in
            guard let before = old[field], let after = new[field], before != after else { return nil }
            return .invalid("metadata.\(field)", after, "field is immutable")
        }
    }

    static func labelErrors(_ labels: JSONValue?, at path: String) -> [FieldError] {
        (labels?.strings ?? [:]).sorted { $0.key < $1.key }.flatMap { key, value -> [FieldError] in
            var errors: [FieldError] = []
            if let problem = TextFormat.qualifiedNameProblem(key) {
                errors.append(.invalid(path, .string(key), problem))
            }
            if let problem = TextFormat.labelValueProblem(value) {
                errors.append(.invalid(path, .string(value), problem))
            }
            return errors
        }
    }

    static func nameProblem(_ name: String, _ type: ResourceType) -> String? {
        switch (type.group, type.kind) {
        case ("", "Service"): TextFormat.dns1035LabelProblem(name)
        case ("", "Namespace"): TextFormat.dnsLabelProblem(name)
        case ("rbac.authorization.k8s.io", _): pathSegmentProblem(name)
        default: TextFormat.dnsSubdomainProblem(name)
        }
    }

    /// RBAC names may hold anything that can stand in a URL path, such as `system:node`.
    private static func pathSegmentProblem(_ name: String) -> String? {
        if name == "." || name == ".." { return "may not be '\(name)'" }
        for mark in ["/", "%"] where name.contains(mark) { return "may not contain '\(mark)'" }
        return nil
    }
}

extension ResourceType {
    /// Reviews are not stored and need no name.
    fileprivate var isReview: Bool {
        group == "authentication.k8s.io" || group == "authorization.k8s.io"
    }
}
