internal import CertificateAuthority
internal import Foundation
internal import KubernetesAPI
internal import Logging
internal import ServiceLifecycle

/// Follows wherever the authority comes from, and keeps every namespace supplied with its roots.
struct AuthorityService: Service {
    /// Where the authority comes from.
    enum Origin: Sendable {
        case secrets(SecretAuthority)
        case folder(FolderAuthority)

        func first() async throws -> SigningAuthority {
            switch self {
            case .secrets(let secrets): try await secrets.first()
            case .folder(let folder): try folder.first()
            }
        }
    }

    let origin: Origin
    let trust: MeshTrust
    let publisher: RootCertificatePublisher?
    let logger: Logger

    private static let warning: TimeInterval = 30 * 24 * 3600

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                switch origin {
                case .secrets(let secrets): await secrets.follow(into: trust)
                case .folder(let folder): await folder.follow(into: trust)
                }
            }
            if let publisher { group.addTask { await publisher.run() } }
            group.addTask {
                repeat { warnOfTheEnd() } while (try? await Task.sleep(for: .seconds(12 * 3600))) != nil
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func warnOfTheEnd() {
        let authority = trust.state.authority
        guard authority.end.timeIntervalSinceNow < Self.warning else { return }
        logger.warning("\(authority) ends at \(authority.end.formatted(.iso8601)); replace it before")
    }
}
