package import HTTPWire
internal import MeshTelemetry
internal import ProxyBalancing
internal import ProxyRouting
internal import ProxySnapshot
package import ProxyUpstream

extension Router {
    /// What becomes of a try that is over.
    package enum RetryVerdict: Equatable {
        /// It is the last: answer with what it gave.
        case no
        /// Another one after so many milliseconds.
        case after(milliseconds: Int64)
    }

    /// Decides on another try after a response head; an answer of `no` means that this response is the final one.
    /// The head is lent and not changed: to borrow a property of a class would copy it.
    package func retry(
        _ context: RequestContext,
        after head: inout ResponseHead,
        worker: Worker
    ) -> RetryVerdict {
        guard let policy = context.action?.retryPolicy else { return .no }
        guard policy.covers(head) else {
            if context.retries > 0 {
                context.cluster?.counters.add(.upstreamRequestRetrySuccess)
                context.routeCounters?.add(.retrySuccess)
            }
            releaseRetry(context)
            if head.status >= 500 { context.attemptLog.stop = .notRetriable }
            return .no
        }
        return decide(context, policy, worker: worker)
    }

    /// Decides on another try after one that gave no response head.
    package func retry(_ context: RequestContext, after failure: TryFailure, worker: Worker) -> RetryVerdict {
        guard let policy = context.action?.retryPolicy else { return .no }
        guard policy.covers(failure) else {
            releaseRetry(context)
            context.attemptLog.stop = .notRetriable
            return .no
        }
        return decide(context, policy, worker: worker)
    }

    private func decide(_ context: RequestContext, _ policy: RetryPolicy, worker: Worker) -> RetryVerdict {
        releaseRetry(context)
        // A body that was not kept cannot be sent again.
        guard let cluster = context.cluster, !context.isBodyAbandoned else {
            context.attemptLog.stop = .body
            return .no
        }
        guard context.retries < policy.retries else {
            cluster.counters.add(.upstreamRequestRetryLimitExceeded)
            context.routeCounters?.add(.retryLimitExceeded)
            context.exhaustedRetries = true
            context.attemptLog.stop = .limit
            return .no
        }
        guard let held = cluster.takeRetry() else {
            context.routeCounters?.add(.retryOverflow)
            context.flags.insert(.upstreamOverflow)
            context.attemptLog.stop = .budget
            context.attemptLog.overflow = .retries
            return .no
        }
        context.holdsRetry = held
        cluster.counters.add(.upstreamRequestRetry)
        context.routeCounters?.add(.retry)
        cluster.counters.add(.upstreamRequestRetryBackOff)
        let wait = policy.backOffMilliseconds(retry: context.retries, random: worker.random.next())
        context.retries &+= 1
        if let last = context.endpoint { context.failedEndpoints.append(last) }
        return .after(milliseconds: wait)
    }

    /// The retry under way no longer counts against its cluster's limit; called at the latest when the request is over.
    package func releaseRetry(_ context: RequestContext) {
        guard context.holdsRetry else { return }
        context.holdsRetry = false
        context.cluster?.giveRetry()
    }

    /// The endpoint of the next try, with the head made ready for it; nil if there is none.
    package func endpointForRetry(
        _ context: RequestContext,
        facts: DownstreamFacts,
        worker: Worker
    ) -> UpstreamEndpoint? {
        guard let cluster = context.cluster, let decision = context.decision, let action = context.action,
            let policy = action.retryPolicy
        else { return nil }
        let next: UpstreamEndpoint?
        if case .originalDestination = cluster.cluster.kind {
            next = context.endpoint
        } else {
            next = choose(cluster, context, facts: facts, retriedBy: policy, worker: worker)
        }
        guard let next else { return nil }
        if decision.virtualHost.includesRequestAttemptCount {
            context.request.headers.set(.xEnvoyAttemptCount, UInt64(context.attempts) &+ 1)
        }
        if case .automatic = action.hostRewrite {
            decision.automaticHostRewrite(
                on: &context.request,
                hostname: next.hostname,
                keepsOriginals: addsEnvoyHeaders
            )
        }
        return next
    }
}

extension RequestContext {
    /// The priorities that tries failed in, counted anew after every so many tries (`previous_priorities`).
    func failedPriorities(_ policy: RetryPolicy) -> PrioritySet {
        var priorities = PrioritySet()
        guard let frequency = policy.previousPrioritiesFrequency, frequency > 0 else { return priorities }
        let counted = failedEndpoints.count / frequency * frequency
        for endpoint in failedEndpoints.prefix(counted) { priorities.insert(endpoint.endpoint?.priority ?? 0) }
        return priorities
    }
}
