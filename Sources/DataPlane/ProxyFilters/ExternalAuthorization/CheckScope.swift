internal import HTTPWire
package import ProxySnapshot

/// An external authorization filter made ready for one worker: its counters, and what follows from answers.
package final class CheckScope {
    package let filter: ExternalAuthorization
    private let counters: NamedCounters
    private let ok: Int
    private let denied: Int
    private let error: Int
    private let disabled: Int
    private let failureModeAllowed: Int
    private static let failureMark = HeaderName("x-envoy-auth-failure-mode-allowed")
    /// Where in dynamic metadata an answer's own is kept.
    package static let namespace = ContiguousArray("envoy.filters.http.ext_authz".utf8)
    private static let durationKey = ContiguousArray("ext_authz_duration".utf8)

    /// - Parameter scope: what its counters begin with.
    package init(_ filter: ExternalAuthorization, scope: String = "ext_authz.", counters: NamedCounters) {
        self.filter = filter
        self.counters = counters
        let prefix = filter.statPrefix.isEmpty ? scope : "\(scope)\(filter.statPrefix)."
        ok = counters.slot(prefix + "ok")
        denied = counters.slot(prefix + "denied")
        error = counters.slot(prefix + "error")
        disabled = counters.slot(prefix + "disabled")
        failureModeAllowed = counters.slot(prefix + "failure_mode_allowed")
    }

    /// Whether the service is to be asked, by what earlier filters found out.
    package func isWanted(_ metadata: RequestMetadata) -> Bool {
        guard let matcher = filter.enabledBy, !matcher.matches(metadata, doubt: true) else { return true }
        counters.add(disabled)
        return false
    }

    /// Does to the request what the answer says; the answer to the caller if it is refused.
    ///
    /// - Parameter milliseconds: how long the service took.
    package func apply(
        _ answer: CheckAnswer,
        to context: RequestContext,
        milliseconds: Int64
    ) -> LocalResponse? {
        switch answer {
        case .allowed(let changes):
            counters.add(ok)
            for name in changes.removals { context.request.headers.remove(name) }
            for header in changes.requestHeaders where header.isWanted(in: context.request.headers) {
                header.value.withUnsafeBytes { value in
                    if header.replaces {
                        context.request.headers.set(header.name, value)
                    } else {
                        context.request.headers.append(to: header.name, value)
                    }
                }
            }
            if !changes.queryParameters.isEmpty { context.request.edit(query: changes.queryParameters) }
            context.responseAdditions += changes.responseHeaders
            keep(changes.metadata, in: &context.metadata)
            if !changes.metadata.isEmpty {
                context.metadata.set(Self.namespace, Self.durationKey, .integer(milliseconds))
            }
            return nil
        case .denied(let status, let headers, let body, let metadata):
            counters.add(denied)
            keep(metadata, in: &context.metadata)
            return .denied(status: status, headers: headers, body: body)
        case .failed:
            counters.add(error)
            guard filter.failureModeAllows else { return .unauthorized(status: filter.statusOnError) }
            counters.add(failureModeAllowed)
            if filter.marksFailures { context.request.headers.set(Self.failureMark, "true") }
            return nil
        }
    }

    private func keep(_ members: [MetadataMember], in metadata: inout RequestMetadata) {
        for member in members { metadata.set(Self.namespace, member.name, member.value) }
    }

    /// Whether a connection that is not HTTP may go on.
    package func admits(_ answer: CheckAnswer) -> Bool {
        switch answer {
        case .allowed:
            counters.add(ok)
            return true
        case .denied:
            counters.add(denied)
            return false
        case .failed:
            counters.add(error)
            if filter.failureModeAllows { counters.add(failureModeAllowed) }
            return filter.failureModeAllows
        }
    }
}
