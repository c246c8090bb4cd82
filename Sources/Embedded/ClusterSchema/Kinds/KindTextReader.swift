import KubernetesAPI

/// Reads ``KindText`` into types, and builds schemas and definitions of them.
struct KindTextReader {
    struct Field {
        var name: String
        var type: Substring
        var attributes: [Attribute]
        var summary: String
    }

    /// `name(arguments)`, `!`, or `=value` (named `=`).
    struct Attribute {
        var name: String
        var arguments: [String]

        init(_ text: Substring) {
            if text.hasPrefix("=") {
                name = "="
                arguments = [String(text.dropFirst())]
            } else if text.last == ")", let open = text.firstIndex(of: "(") {
                name = String(text[..<open])
                arguments = text[text.index(after: open)...].dropLast().split(separator: ",").map(String.init)
            } else {
                name = String(text)
                arguments = []
            }
        }
    }

    struct TypeEntry {
        var package: String
        var name: String
        var isAtomic: Bool
        /// Has apiVersion, kind and metadata.
        var isKind = false
        var summary: String
        var fields: [Field] = []

        var fullName: String { "\(package).\(name)" }
    }

    struct KindEntry {
        var group: String
        var version: String
        var package: String
        var name: String
        var plural: String
        var attributes: [Attribute]

        func arguments(_ name: String) -> [String] { attributes.first { $0.name == name }?.arguments ?? [] }
        func has(_ name: String) -> Bool { attributes.contains { $0.name == name } }
    }

    private(set) var types: [String: TypeEntry] = [:]
    private(set) var kinds: [KindEntry] = []
    /// The first type of each short name, for references across groups.
    private var byShortName: [String: String] = [:]
    private var marked: Set<String> = []
    private var group = (name: "", version: "", package: "")

    mutating func read(_ text: String) {
        var current: TypeEntry?
        for line in text.split(separator: "\n") {
            let halves = line.split(separator: "|", maxSplits: 1)
            let words = (halves.first ?? "").split(separator: " ")
            let summary = halves.count == 2 ? String(halves[1].dropFirst()) : ""
            guard let first = words.first else { continue }
            if line.hasPrefix(" ") {
                current?.fields.append(
                    Field(
                        name: String(first),
                        type: words.count > 1 ? words[1] : "any",
                        attributes: words.dropFirst(2).map(Attribute.init),
                        summary: summary
                    )
                )
                continue
            }
            if let current { add(current) }
            current = nil
            switch first {
            case "group":
                let names = words.map { $0 == "\"\"" ? "" : String($0) }
                if names.count == 4 { group = (names[1], names[2], names[3]) }
            case "kind":
                guard words.count > 2 else { continue }
                marked.insert("\(group.package).\(words[1])")
                kinds.append(
                    KindEntry(
                        group: group.name,
                        version: group.version,
                        package: group.package,
                        name: String(words[1]),
                        plural: String(words[2]),
                        attributes: words.dropFirst(3).map(Attribute.init)
                    )
                )
            case "type":
                if words.count > 1 { marked.insert("\(group.package).\(words[1])") }
            default:
                current = TypeEntry(
                    package: group.package,
                    name: String(first),
                    isAtomic: words.contains("atomic"),
                    summary: summary
                )
            }
        }
        if let current { add(current) }
    }

    private mutating func add(_ type: TypeEntry) {
        var type = type
        type.isKind = marked.contains(type.fullName)
        types[type.fullName] = type
        if byShortName[type.name] == nil { byShortName[type.name] = type.fullName }
    }

    /// The type a name means when it is written in `package`.
    func type(_ name: String, from package: String) -> TypeEntry? {
        types["\(package).\(name)"] ?? byShortName[name].flatMap { types[$0] }
    }
}
