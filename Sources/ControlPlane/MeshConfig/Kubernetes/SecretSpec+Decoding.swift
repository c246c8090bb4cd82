extension SecretSpec {
    /// Types whose content is nobody's certificate; it is not looked at.
    private static let foreignTypes: Set<String> = [
        "helm.sh/release.v1", "kubernetes.io/service-account-token", "kubernetes.io/dockerconfigjson",
        "kubernetes.io/dockercfg", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth",
        "bootstrap.kubernetes.io/token", "istio.io/ca-root",
    ]

    /// Reads a whole Secret. Diagnostics name entries and never say what is in them.
    init(root: FieldReader) {
        self.init()
        root.skip("immutable")
        type = root.string("type")
        guard !Self.foreignTypes.contains(type) else {
            root.skip("data", "stringData")
            return
        }
        for (name, node, path) in root.pairs("data") {
            guard let entry = Entry(rawValue: name), !node.isNull else { continue }
            guard case .string(let text)? = node.scalar, let bytes = Base64.decode(text) else {
                root.error(at: node, path, "is not base64; what is not encoded belongs under stringData")
                continue
            }
            self[entry] = bytes
        }
        for (name, node, path) in root.pairs("stringData") {
            guard let entry = Entry(rawValue: name), !node.isNull else { continue }
            guard case .string(let text)? = node.scalar else {
                root.error(at: node, path, "must be a string; quote it")
                continue
            }
            self[entry] = Array(text.utf8)
        }
    }
}

/// Base64 as Kubernetes has it (RFC 4648 section 4), line breaks allowed.
enum Base64 {
    /// Nil for anything that is not base64 to its end.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for character in text.utf8 {
            if character == UInt8(ascii: "\n") || character == UInt8(ascii: "\r") || character == UInt8(ascii: " ") {
                continue
            }
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: character) else { return nil }
            bits = bits << 6 | value
            count += 1
            if count == 4 {
                bytes += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
                (bits, count) = (0, 0)
            }
        }
        switch (count, padding) {
        case (0, 0): break
        case (2, 2): bytes.append(UInt8(bits >> 4 & 0xFF))
        case (3, 1): bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
        default: return nil
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
