import KubernetesAPI

/// What one CustomResourceDefinition declares: its served versions and what this cluster will not check.
struct CustomResource: Sendable {
    var definitions: [ResourceDefinition] = []
    var warnings: [String] = []
    init(_ crd: KubernetesObject) throws(StatusError) {}
}
