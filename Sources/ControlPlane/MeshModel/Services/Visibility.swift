/// The namespaces that see an object (Istio `exportTo`).
package enum Visibility: Sendable, Hashable {
    /// Every namespace (`*`).
    case everywhere
    /// These namespaces; `.` is already the object's own. Empty is nobody (`~`).
    case namespaces(Set<String>)

    /// Reads `exportTo` of an object in `namespace`; an empty list takes `fallback` (the mesh-wide default).
    package init(exportTo: [String], namespace: String, fallback: [String]) {
        var namespaces: Set<String> = []
        for entry in exportTo.isEmpty ? fallback : exportTo {
            switch entry {
            case "*":
                self = .everywhere
                return
            case ".": namespaces.insert(namespace)
            case "~", "": break
            default: namespaces.insert(entry)
            }
        }
        self = .namespaces(namespaces)
    }

    /// Whether `namespace` sees the object.
    package func includes(_ namespace: String) -> Bool {
        switch self {
        case .everywhere: true
        case .namespaces(let namespaces): namespaces.contains(namespace)
        }
    }
}
