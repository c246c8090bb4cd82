import ClusterStore
package import KubernetesAPI
import Logging

extension ClusterAPIServer {
    func webhookIndex() async throws(StatusError) -> WebhookIndex {
        if let known = webhooks.current { return known }
        let generation = webhooks.generation
        let group = "admissionregistration.k8s.io"
        let index = WebhookIndex(
            mutating: try await all(group, "mutatingwebhookconfigurations"),
            validating: try await all(group, "validatingwebhookconfigurations")
        )
        webhooks.set(index, of: generation)
        return index
    }

    /// The object after all mutating webhooks, one after the other; those that ask for it see later changes again.
    func callMutatingWebhooks(_ review: Review) async throws(StatusError) -> (json: JSONValue, warnings: [String]) {
        var review = review
        var warnings: [String] = []
        let matching = await matching(try await webhookIndex().mutating, review)
        /// What each saw last, to know whom to ask again.
        var seen: [Int: JSONValue] = [:]
        for (index, webhook) in matching.enumerated() {
            try await ask(webhook, &review, &warnings)
            seen[index] = review.object
        }
        for (index, webhook) in matching.enumerated() where webhook.isCalledAgain && seen[index] != review.object {
            try await ask(webhook, &review, &warnings)
        }
        return (review.object, warnings)
    }

    /// All validating webhooks; the first refusal is the answer.
    func callValidatingWebhooks(_ review: Review) async throws(StatusError) -> [String] {
        var review = review
        var warnings: [String] = []
        for webhook in await matching(try await webhookIndex().validating, review) {
            try await ask(webhook, &review, &warnings)
        }
        return warnings
    }

    private func matching(
        _ all: [WebhookConfiguration],
        _ review: Review
    ) async -> [WebhookConfiguration] {
        let target = review.proposal.target
        // A broken webhook must never keep anybody from repairing it.
        guard target.type.group != "admissionregistration.k8s.io" else { return [] }
        let called = all.filter { $0.matches(review.proposal) }
        guard !called.isEmpty else { return [] }
        let labels = await namespaceLabels(review)
        return called.filter { webhook in
            if let labels, !webhook.namespaceSelector.matches(labels) { return false }
            guard webhook.objectSelector != .everything else { return true }
            return [review.object, review.proposal.old ?? .null].contains { object in
                object.object != nil
                    && webhook.objectSelector.matches(object[path: ["metadata", "labels"]]?.strings ?? [:])
            }
        }
    }

    /// Labels for namespace selectors: those of the object's namespace, of a Namespace itself; nil for other objects.
    private func namespaceLabels(_ review: Review) async -> [String: String]? {
        let target = review.proposal.target
        if target.type == .namespaces {
            let object = review.object.object == nil ? review.proposal.old ?? .null : review.object
            return object[path: ["metadata", "labels"]]?.strings ?? [:]
        }
        guard target.type.isNamespaced else { return nil }
        return await stored(.namespaces, ObjectName(name: target.namespace))?.labels ?? [:]
    }

    private func ask(
        _ webhook: WebhookConfiguration,
        _ review: inout Review,
        _ warnings: inout [String]
    ) async throws(StatusError) {
        if review.proposal.context.isDryRun, webhook.hasSideEffects {
            throw StatusError(
                .badRequest,
                "admission webhook \"\(webhook.name)\" does not support dry run due to its side effects"
            )
        }
        let verdict: Review.Verdict
        let changed: JSONValue?
        do {
            verdict = try await call(webhook, review)
            changed =
                verdict.isAllowed
                ? try verdict.patch.map { patch throws(StatusError) in
                    try JSONPatch(patch).apply(to: review.object)
                } : nil
        } catch {
            guard webhook.failureIsIgnored else {
                throw StatusError(
                    .internalError,
                    "Internal error occurred: failed calling webhook \"\(webhook.name)\": failed to call webhook: "
                        + error.message
                )
            }
            logger.warning("webhook \(webhook.name) failed and is ignored: \(error.message)")
            return
        }
        warnings += verdict.warnings
        guard verdict.isAllowed else { throw verdict.refusal(webhook.name) }
        if let changed { review.object = changed }
    }

    private func call(_ webhook: WebhookConfiguration, _ review: Review) async throws(StatusError) -> Review.Verdict {
        let uid = Identifiers.uid()
        let body = review.request(uid: uid).jsonBytes
        let call: WebhookCall
        switch webhook.place {
        case .url(let url):
            call = WebhookCall(
                url: url,
                endpoints: [],
                authority: webhook.authority,
                body: body,
                timeout: webhook.timeout
            )
        case .service(let service, let path, let port):
            let endpoints = await endpoints(of: service, port: port)
            guard !endpoints.isEmpty else {
                throw StatusError(.serviceUnavailable, "no endpoints available for service \"\(service.name)\"")
            }
            call = WebhookCall(
                url: "https://\(service.name).\(service.namespace).svc:\(port)\(path)",
                endpoints: endpoints,
                authority: webhook.authority,
                body: body,
                timeout: webhook.timeout
            )
        }
        let answer: JSONValue
        do {
            answer = try JSONValue(json: try await webhookTransport.post(call))
        } catch {
            throw StatusError(.internalError, "Post \"\(call.url)\": \(error)")
        }
        return try Review.Verdict(answer, uid: uid)
    }

    /// Where a Service's port leads to: the ready addresses of its EndpointSlices.
    package func endpoints(of service: ObjectName, port: Int) async -> [WebhookCall.Endpoint] {
        guard let object = await stored(.services, service),
            let servicePort = object["spec", "ports"]?.array?.first(where: { $0["port"]?.integer == Int64(port) })
        else { return [] }
        let name = servicePort["name"]?.string ?? ""
        let slices = try? await store.list(
            group: "discovery.k8s.io",
            plural: "endpointslices",
            namespace: service.namespace
        )
        var found: [WebhookCall.Endpoint] = []
        for slice in slices?.objects ?? [] {
            guard slice.json[path: ["metadata", "labels", "kubernetes.io/service-name"]]?.string == service.name,
                let target = slice.json["ports"]?.array?.first(where: { ($0["name"]?.string ?? "") == name })?["port"]?
                    .integer,
                let targetPort = Int(exactly: target)
            else { continue }
            for endpoint in slice.json["endpoints"]?.array ?? []
            where endpoint[path: ["conditions", "ready"]]?.bool ?? true {
                for address in endpoint["addresses"]?.array?.compactMap(\.string) ?? [] {
                    found.append(WebhookCall.Endpoint(address: address, port: targetPort))
                }
            }
        }
        return found
    }
}
