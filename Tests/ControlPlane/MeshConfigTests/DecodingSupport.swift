import MeshConfig

/// Decodes one file named `f.yaml`.
func decoded(_ yaml: String) -> DecodedFile {
    ObjectDecoder.decode(Array(yaml.utf8), file: "f.yaml")
}

/// The diagnostics of one file as text.
func diagnostics(_ yaml: String) -> [String] {
    decoded(yaml).diagnostics.map(\.description)
}

/// A VirtualService for `reviews` whose HTTP routes are `http`, indented by two.
func virtualService(http: String) -> String {
    """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: reviews}
    spec:
      hosts: [reviews]
      http:
    \(http.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
    """
}

/// An Istio object of a kind with `spec` in YAML, indented by two.
func object(_ kind: String, spec: String) -> String {
    """
    apiVersion: networking.istio.io/v1
    kind: \(kind)
    metadata: {name: x}
    spec:
    \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
    """
}
