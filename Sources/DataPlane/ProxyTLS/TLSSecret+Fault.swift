package import ProxySnapshot

extension TLSSecret {
    /// Why nothing can be served with it: no PEM, no certificate, a key of another one; nil if it can. Never holds a key.
    package var fault: String? {
        do {
            switch self {
            case .certificate(let secret):
                let core = TLSCore(side: .server, certificate: .inline(secret))
                _ = try TLSContext(core, certificate: secret, validation: nil)
            case .validation(let secret):
                _ = try TLSContext(TLSCore(side: .client, trust: .inline(secret)), certificate: nil, validation: secret)
            }
            return nil
        } catch let error as TLSUnavailable {
            return error.reason
        } catch {
            return "cannot be used: \(error)"
        }
    }
}
