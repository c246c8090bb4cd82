internal import CertificateAuthority
internal import Foundation
internal import KubernetesAPI
internal import Logging

/// The authority that Secrets hold: the plugged-in one of `cacerts`, else the self-signed one of `istio-ca-secret`,
/// which is made when there is neither (Istio `security/pkg/pki/ca`).
struct SecretAuthority: Sendable {
    static let pluggedIn = "cacerts"
    static let selfSigned = "istio-ca-secret"

    let api: any KubernetesAPI
    /// Namespace of the control plane.
    let namespace: String
    let trustDomain: String
    let kind: AuthorityKeyKind
    let logger: Logger
    var now: @Sendable () -> Date = { Date() }
    var clock: any Clock<Duration> = ContinuousClock()

    /// The authority to begin with; waits as long as the API does not answer, throws when a Secret is wrong: another
    /// root in its place would part the mesh in two.
    func first() async throws -> SigningAuthority {
        var failures = 0
        while true {
            do {
                return try await attempt()
            } catch let error as StatusError {
                try Task.checkCancellation()
                failures += 1
                logger.warning("the certificate authority's Secrets cannot be read or made: \(error)")
                try await clock.sleep(for: Reflector.delay(failures: failures, jitter: 0.5))
            }
        }
    }

    private func attempt() async throws -> SigningAuthority {
        for name in [Self.pluggedIn, Self.selfSigned] {
            guard let secret = try await secret(name) else { continue }
            return try authority(secret)
        }
        let files = try SigningAuthority.selfSigned(
            trustDomain: trustDomain,
            kind: kind,
            source: source(Self.selfSigned),
            now: now()
        )
        guard try await create(object(files)) else {
            // Another control plane was first; there must not be two roots.
            guard let secret = try await secret(Self.selfSigned) else {
                throw StatusError.notFound(.secrets, Self.selfSigned)
            }
            return try authority(secret)
        }
        logger.notice("made a self-signed root in Secret \(namespace)/\(Self.selfSigned)")
        return try SigningAuthority(files, now: now())
    }

    /// Follows both Secrets for ever; one that is wrong or gone leaves the authority of before.
    func follow(into trust: MeshTrust) async {
        let (events, continuation) = AsyncStream.makeStream(of: (name: String, object: KubernetesObject?).self)
        await withTaskGroup(of: Void.self) { group in
            for name in [Self.pluggedIn, Self.selfSigned] {
                let reflector = reflector(name)
                group.addTask {
                    for await event in reflector.events() {
                        switch event {
                        case .synced(let objects): continuation.yield((name, objects.first))
                        case .applied(let object): continuation.yield((name, object))
                        case .deleted: continuation.yield((name, nil))
                        }
                    }
                }
            }
            var secrets: [String: KubernetesObject] = [:]
            for await (name, object) in events {
                if object == nil, let gone = secrets[name] {
                    logger.error("Secret \(gone.objectName) is gone; its certificate authority goes on signing")
                }
                secrets[name] = object
                guard let secret = secrets[Self.pluggedIn] ?? secrets[Self.selfSigned] else { continue }
                // A self-signed root that stands behind a plugged-in one that was deleted is not gone back to.
                if secret.name == Self.selfSigned, trust.state.authority.source == source(Self.pluggedIn) { continue }
                do throws(AuthorityError) {
                    let authority = try authority(secret)
                    if !authority.isEqual(to: trust.state.authority) { trust.replace(authority) }
                } catch {
                    logger.error("\(error); the certificate authority of before goes on signing")
                }
            }
        }
    }

    private func reflector(_ name: String) -> Reflector {
        let logger = logger
        return Reflector(
            api: api,
            type: .secrets,
            options: ListOptions(
                namespace: namespace,
                fields: FieldSelector(requirements: [.init(path: ["metadata", "name"], value: name)])
            ),
            failed: { logger.warning("Secret \(name): \($0)") }
        )
    }

    private func secret(_ name: String) async throws(StatusError) -> KubernetesObject? {
        do throws(StatusError) {
            return try await api.get(.secrets, ObjectName(namespace: namespace, name: name))
        } catch  where error.reason == .notFound {
            return nil
        }
    }

    /// False when there is one already.
    private func create(_ object: KubernetesObject) async throws(StatusError) -> Bool {
        do throws(StatusError) {
            _ = try await api.create(object, .secrets)
            return true
        } catch {
            guard error.reason == .alreadyExists || error.reason == .conflict else { throw error }
            return false
        }
    }

    private func source(_ name: String) -> String { "Secret \(namespace)/\(name)" }

    private func authority(_ secret: KubernetesObject) throws(AuthorityError) -> SigningAuthority {
        let texts = (secret["data"]?.strings ?? [:]).mapValues { value in
            String(decoding: Base64.decode(value) ?? [], as: UTF8.self)
        }
        return try SigningAuthority(try AuthorityFiles(texts, source: source(secret.name)), now: now())
    }

    private func object(_ files: AuthorityFiles) -> KubernetesObject {
        var object = KubernetesObject(.secrets, ObjectName(namespace: namespace, name: Self.selfSigned))
        object["type"] = "istio.io/ca-root"
        object["data"] = JSONValue([
            "ca-cert.pem": Base64.encode(files.certificate.utf8), "ca-key.pem": Base64.encode(files.key.utf8),
        ])
        return object
    }
}

extension SigningAuthority {
    /// Whether nothing that signs or is trusted differs.
    func isEqual(to other: SigningAuthority) -> Bool {
        certificate == other.certificate && intermediates == other.intermediates && roots == other.roots
            && revocations == other.revocations && source == other.source
    }
}
