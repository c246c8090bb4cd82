import FoundationEssentials

/// A JSON Web Key Set (RFC 7517, section 5) as far as it is looked at before proxies get it: they verify by it.
package struct JSONWebKeySet: Sendable {
    /// Why a text is no key set that could verify anything.
    package struct Failure: Error, Hashable {
        /// What is wrong with it.
        package var reason: String
    }

    private struct Content: Decodable {
        struct Key: Decodable {
            var kty: String
            var n: String?
            var e: String?
            var x: String?
            var k: String?
            var d: String?
        }

        var keys: [Key]
    }

    /// Index of the first key that holds a private or symmetric key; nil when all are public.
    package let privateKeyIndex: Int?

    /// Longest text that is read, 1 MiB.
    package static let longest = 1 << 20

    /// Reads a text; at least one key must be of a type that verifies tokens and have its parts.
    package init(_ text: String) throws(Failure) {
        guard text.utf8.count <= Self.longest else { throw Failure(reason: "is longer than 1 MiB") }
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(text.utf8))
        } catch {
            throw Failure(reason: "is not a JSON Web Key Set: an object with a list `keys` of objects with `kty`")
        }
        guard !content.keys.isEmpty else { throw Failure(reason: "holds no key") }
        let isUsable = content.keys.contains { key in
            switch key.kty {
            case "RSA": key.n?.isEmpty == false && key.e?.isEmpty == false
            case "EC", "OKP": key.x?.isEmpty == false
            case "oct": key.k?.isEmpty == false
            default: false
            }
        }
        guard isUsable else { throw Failure(reason: "holds no whole key of type RSA, EC, OKP or oct") }
        privateKeyIndex = content.keys.firstIndex { $0.d != nil || $0.k != nil }
    }
}
