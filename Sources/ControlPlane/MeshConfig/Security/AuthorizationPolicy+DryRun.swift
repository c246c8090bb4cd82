extension Resource<AuthorizationPolicy> {
    /// Annotation of policies that are only tried.
    private static var dryRunAnnotation: String { "istio.io/dry-run" }

    /// Whether the policy is only tried: what it would have decided is counted and logged, nothing else
    /// (annotation `istio.io/dry-run`, values of Go's `ParseBool`).
    package var isDryRun: Bool {
        metadata.annotations[Self.dryRunAnnotation].map(["1", "t", "T", "true", "TRUE", "True"].contains) ?? false
    }

    /// Warns of an annotation that is no boolean, and of one where nothing can be tried.
    func warnOfDryRun(_ root: FieldReader) {
        guard let text = metadata.annotations[Self.dryRunAnnotation] else { return }
        if isDryRun {
            guard spec.action == .custom else { return }
            root.warning(
                "metadata",
                "with \(Self.dryRunAnnotation) a policy of action CUSTOM has no effect at all: its provider is not asked"
            )
        } else if !["0", "f", "F", "false", "FALSE", "False"].contains(text) {
            root.warning(
                "metadata",
                "\(Self.dryRunAnnotation) must be true or false, not \(text.quotedForMessage); the policy is enforced"
            )
        }
    }
}
