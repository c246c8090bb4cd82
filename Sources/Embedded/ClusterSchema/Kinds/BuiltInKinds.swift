import KubernetesAPI

/// The kinds of Kubernetes, read from the texts in this folder.
enum BuiltInKinds {
    static let definitions: [ResourceDefinition] = []
}
