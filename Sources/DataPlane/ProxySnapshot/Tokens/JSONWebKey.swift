/// A public key of a JSON Web Key Set (RFC 7517, RFC 7518 section 6, RFC 8037) that may sign tokens.
///
/// Symmetric keys are never taken: whoever reads the configuration could sign by them.
package struct JSONWebKey: Sendable, Equatable {
    /// The key itself, in bytes as the set gives them.
    package enum Material: Sendable, Equatable {
        case rsa(modulus: ContiguousArray<UInt8>, exponent: ContiguousArray<UInt8>)
        /// On P-256, P-384 or P-521.
        case elliptic(curve: Curve, x: ContiguousArray<UInt8>, y: ContiguousArray<UInt8>)
        case ed25519(ContiguousArray<UInt8>)
    }

    /// `crv`.
    package enum Curve: String, Sendable {
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"

        /// Bytes of a coordinate.
        package var size: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }
    }

    /// `kid`; empty if the key has none.
    package let identifier: ContiguousArray<UInt8>
    /// `alg`; empty if the key does not say.
    package let algorithm: ContiguousArray<UInt8>
    package let material: Material

    package init(identifier: String = "", algorithm: String = "", material: Material) {
        self.identifier = ContiguousArray(identifier.utf8)
        self.algorithm = ContiguousArray(algorithm.utf8)
        self.material = material
    }

    /// The largest set that is read.
    static let longestSet = 256 * 1024
    static let mostKeys = 256

    /// Reads a set: the keys that can be used, and a reason for each that cannot; nil if it is no set.
    static func readSet(_ text: ContiguousArray<UInt8>) -> (keys: [JSONWebKey], problems: [String])? {
        guard text.count <= longestSet, let set = JSONReader.read(text),
            case .list(let members)? = set.member(ContiguousArray("keys".utf8)), members.count <= mostKeys
        else { return nil }
        var keys: [JSONWebKey] = []
        var problems: [String] = []
        for (position, member) in members.enumerated() {
            do {
                keys.append(try JSONWebKey(member))
            } catch {
                problems.append("keys[\(position)]: \(error.reason)")
            }
        }
        return (keys, problems)
    }

    private init(_ value: MetadataValue) throws(InvalidResource) {
        func text(_ name: String) -> String? {
            guard case .text(let bytes)? = value.member(ContiguousArray(name.utf8)) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        func number(_ name: String) throws(InvalidResource) -> ContiguousArray<UInt8> {
            guard let encoded = text(name), let bytes = ContiguousArray(encoded.utf8).withUnsafeBytes(Base64URL.decode),
                !bytes.isEmpty, bytes.count <= 2048
            else { throw InvalidResource(reason: "\(name) is missing or is no base64url") }
            return bytes
        }
        if let use = text("use"), use != "sig" { throw InvalidResource(reason: "use \"\(use)\" is not for signatures") }
        identifier = ContiguousArray((text("kid") ?? "").utf8)
        algorithm = ContiguousArray((text("alg") ?? "").utf8)
        switch text("kty") {
        case "RSA":
            let modulus = ContiguousArray(try number("n").drop { $0 == 0 })
            // RFC 7518 section 3.3.
            guard modulus.count >= 256, modulus.count <= 1024 else {
                throw InvalidResource(reason: "an RSA key must have 2048 to 8192 bits")
            }
            material = .rsa(modulus: modulus, exponent: try number("e"))
        case "EC":
            guard let curve = text("crv").flatMap({ Curve(rawValue: $0) }) else {
                throw InvalidResource(reason: "crv \"\(text("crv") ?? "")\" is not supported")
            }
            let (x, y) = (try number("x"), try number("y"))
            guard x.count == curve.size, y.count == curve.size else {
                throw InvalidResource(reason: "x and y do not fit the curve")
            }
            material = .elliptic(curve: curve, x: x, y: y)
        case "OKP":
            guard text("crv") == "Ed25519" else {
                throw InvalidResource(reason: "crv \"\(text("crv") ?? "")\" is not supported")
            }
            let key = try number("x")
            guard key.count == 32 else { throw InvalidResource(reason: "x must have 32 bytes") }
            material = .ed25519(key)
        case let other: throw InvalidResource(reason: "kty \"\(other ?? "")\" is not supported")
        }
    }
}
