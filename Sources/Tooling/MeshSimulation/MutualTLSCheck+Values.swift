import MeshConfig
import MeshModel
import XDSGeneration

extension MutualTLSCheck {
    /// One line of the table; `-o json` prints it as it is.
    package struct Row: Codable, Sendable, Equatable {
        /// Whether both sides agree.
        package enum Status: String, Codable, Sendable {
            case ok = "OK"
            case conflict = "CONFLICT"
        }

        /// Name of the service.
        package var host: String
        package var port: UInt32
        /// The subset whose rule speaks of TLS by itself; nil for the whole service.
        package var subset: String?
        package var status: Status
        /// `mTLS`, `HTTP`, `HTTP/mTLS`, or `-` where nobody of the mesh answers.
        package var server: String
        /// `mTLS`, `HTTP` (as the application calls), or `TLS` (with certificates that a rule names).
        package var client: String
        /// The PeerAuthentication that decides, `NAME/NAMESPACE`; nil where none does.
        package var authenticationPolicy: String?
        /// The DestinationRule that decides, `NAME/NAMESPACE`; nil where none does.
        package var destinationRule: String?
        /// What was assumed, and what to change about a conflict.
        package var notes: [String] = []

        /// `HOST:PORT`, with `/SUBSET` for a subset.
        package var name: String { "\(host):\(port)" + (subset.map { "/\($0)" } ?? "") }
    }

    /// What a call comes with.
    enum Client {
        case plaintext
        case mutual
        /// TLS, but not the mesh's.
        case origination

        var word: String {
            switch self {
            case .plaintext: "HTTP"
            case .mutual: "mTLS"
            case .origination: "TLS"
            }
        }
    }

    /// What a workload's port accepts.
    enum ServerState: Equatable {
        case strict
        case permissive
        case disabled
        /// No proxy stands before it.
        case noProxy
        /// Nothing is known: a server outside the mesh.
        case external

        init(_ mode: MutualTLSMode) {
            switch mode {
            case .strict: self = .strict
            case .permissive: self = .permissive
            case .disable: self = .disabled
            }
        }

        var word: String {
            switch self {
            case .strict: "mTLS"
            case .permissive: "HTTP/mTLS"
            case .disabled, .noProxy: "HTTP"
            case .external: "-"
            }
        }
    }

    /// Workloads behind a port that are alike.
    struct Server: Equatable {
        var state: ServerState
        var source: ObjectKey?
        var answersMutualTLS = false
        /// There are no endpoints to look at.
        var isGuessed = false
    }

    /// Calls to a port, before any server is looked at.
    struct Call {
        var service: Service
        var port: Service.Port
        var outbound = OutboundTLS.plaintext
        var rule: DestinationPolicyPart?
        var settings: ClientTLSSettings?
        /// Whether the caller's proxy knows the service.
        var isKnown = true

        init(service: Service, port: Service.Port) {
            self.service = service
            self.port = port
        }
    }
}
