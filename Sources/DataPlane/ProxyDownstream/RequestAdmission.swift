internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyUpstream

/// A filter that may refuse a request before it is routed, made ready for one worker.
enum RequestGate {
    case authorization(AuthorizationScope)
    case tokens(TokenGate)
    case check(CheckScope)

    /// The gates of a connection manager, in the order of its chain.
    static func gates(of manager: HTTPConnectionManager, counters: NamedCounters) -> [RequestGate] {
        var gates: [RequestGate] = []
        for (position, filter) in manager.httpFilters.enumerated() {
            switch filter {
            case .authorization(let filter):
                gates.append(
                    .authorization(
                        AuthorizationScope(
                            filter,
                            position: position,
                            client: ForwardedClient(manager),
                            counters: counters
                        )
                    )
                )
            case .tokens(let filter): gates.append(.tokens(TokenGate(filter, counters: counters)))
            case .externalAuthorization(let filter): gates.append(.check(CheckScope(filter, counters: counters)))
            case .router, .fault, .cors: break
            }
        }
        return gates
    }
}

/// How far a request has come on its way past the gates, and what they remember of the connection.
struct RequestAdmission {
    /// The gate that is asked next.
    var next = 0
    /// The answer if nothing refuses the request and it has no route.
    var routeReply: LocalResponse?
    /// A gate changed what routes are chosen by.
    var clearsRoute = false
    /// By position in the scope's gates; made when first asked.
    var authorizations: [AuthorizationGate?] = []

    /// The question that the request waits for.
    var check = PendingCheck()

    /// The request is over, wherever it stood.
    mutating func end() {
        check.end()
        routeReply = nil
        clearsRoute = false
    }
}

extension HTTPConnection {
    /// Leads the request past the gates.
    func beginAdmission(routeReply: LocalResponse?) {
        admission.next = 0
        admission.routeReply = routeReply
        admission.clearsRoute = false
        continueAdmission()
    }

    /// Goes on with the next gate.
    func continueAdmission() {
        while admission.next < scope.gates.count {
            let position = admission.next
            admission.next &+= 1
            switch scope.gates[position] {
            case .authorization(let gate):
                if let reply = authorization(gate, at: position).admit(request) { return send(reply) }
            case .tokens(let gate):
                switch gate.admit(request, wallSeconds: worker.clock.wallNanoseconds / 1_000_000_000) {
                case .passed(let clearsRoute): if clearsRoute { admission.clearsRoute = true }
                case .refused(let reply): return send(reply)
                }
            case .check(let gate):
                if beginCheck(gate) { return }
            }
        }
        var reply = admission.routeReply
        if admission.clearsRoute { reply = scope.router.match(request, worker: worker) }
        enter(or: reply)
    }

    private func authorization(_ gate: AuthorizationScope, at position: Int) -> AuthorizationGate {
        if admission.authorizations.isEmpty {
            admission.authorizations = Array(repeating: nil, count: scope.gates.count)
        }
        if position < admission.authorizations.count, let known = admission.authorizations[position] { return known }
        let made = AuthorizationGate(gate, facts: facts)
        if position < admission.authorizations.count { admission.authorizations[position] = made }
        return made
    }
}
