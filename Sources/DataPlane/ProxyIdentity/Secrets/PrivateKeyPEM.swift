/// A private key in PEM that shows itself to nobody by accident: printed, dumped or interpolated it is `[redacted]`.
///
/// The bytes are there for the TLS library and for SDS only. Any thread.
package struct PrivateKeyPEM: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// PKCS #8, SEC 1 or PKCS #1 in PEM (RFC 7468).
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package init(_ text: String) { bytes = Array(text.utf8) }

    /// What stands for a key on every page and in every log, as in Envoy's dumps.
    package static let redacted = "[redacted]"

    package var description: String { Self.redacted }
    package var debugDescription: String { Self.redacted }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
