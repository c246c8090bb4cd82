package import KubernetesAPI

extension ResourceDefinition {
    /// Reads `fieldSelector` as this kind has it.
    ///
    /// Every kind can be selected by `metadata.name` and, in namespaces, `metadata.namespace`; built-in kinds by what
    /// Kubernetes registers for them, custom ones by `selectableFields` of their version. Throws 400 for other fields and
    /// for what is no selector.
    package func fieldSelector(parsing text: String) throws(StatusError) -> FieldSelector {
        var selector: FieldSelector
        do {
            selector = try FieldSelector(parsing: text)
        } catch {
            throw StatusError(.badRequest, "unable to parse requirement: \(error)")
        }
        for (index, requirement) in selector.requirements.enumerated() {
            let name = requirement.path.joined(separator: ".")
            guard isSelectable(name) else {
                throw StatusError(.badRequest, "field label not supported: \(name)")
            }
            selector.requirements[index] = Self.stored(requirement, name)
        }
        return selector
    }

    private func isSelectable(_ name: String) -> Bool {
        name == "metadata.name" || name == "metadata.namespace" && type.isNamespaced || selectableFields.contains(name)
    }

    /// Where the value of a selectable field is, when that is not the path of its name.
    private static func stored(_ requirement: FieldSelector.Requirement, _ name: String) -> FieldSelector.Requirement {
        var stored = requirement
        switch name {
        case "source": stored.path = ["source", "component"]
        case "status.successful": stored.path = ["status", "succeeded"]
        // Unset means false.
        case "spec.unschedulable", "spec.hostNetwork":
            if requirement.value == "false" {
                stored.value = "true"
                stored.isEqual.toggle()
            }
        default: break
        }
        return stored
    }
}
