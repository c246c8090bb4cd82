import ClusterSchema
import KubernetesAPI

/// `AdmissionReview.request.operation`.
enum Operation: String, Sendable {
    case create = "CREATE"
    case update = "UPDATE"
    case delete = "DELETE"
    case connect = "CONNECT"
}

extension ClusterAPIServer {
    /// A new or changed object between its author and the store.
    struct Proposal: Sendable {
        var target: Target
        var operation: Operation
        var old: JSONValue?
        var new: JSONValue
        var context: WriteContext
        /// Server-side apply has written managedFields itself.
        var ownsFields = false
    }

    /// What may be stored, and what its author should hear.
    struct Admitted: Sendable {
        var json: JSONValue
        var warnings: [String]
    }

    /// Decodes, mutates, validates: what may be stored, in the target's version, and the warnings on the way.
    func admit(_ proposal: Proposal) async throws(StatusError) -> Admitted {
        let target = proposal.target
        let definition = target.definition
        let context = proposal.context
        let decoded = try definition.decode(proposal.new, fieldValidation: context.fieldValidation)
        var warnings = decoded.warnings
        var json = decoded.json
        if !definition.deprecationWarning.isEmpty { warnings.append(definition.deprecationWarning) }
        json = try await mutateBuiltIn(json, proposal)
        do {
            json = try await review(json, proposal, &warnings)
        } catch {
            // What a new Service was given just now is free again.
            if proposal.operation == .create, !context.isDryRun { releaseAddresses(json, target) }
            throw error
        }
        if !proposal.ownsFields {
            json = FieldOwnership.update(from: proposal.old, to: json, definition, writer(target, context))
        }
        return Admitted(json: json, warnings: warnings)
    }

    /// The webhooks and all validation.
    private func review(
        _ decoded: JSONValue,
        _ proposal: Proposal,
        _ warnings: inout [String]
    ) async throws(StatusError) -> JSONValue {
        let definition = proposal.target.definition
        var json = decoded
        let review = Review(proposal: proposal, object: json)
        let mutated = try await callMutatingWebhooks(review)
        warnings += mutated.warnings
        if mutated.json != json {
            // Kubernetes runs its own mutations again after webhooks: containers they add get the token volume too.
            json = try definition.decode(mutated.json, fieldValidation: .ignore).json
            json = try await mutateBuiltIn(json, proposal, isRepeated: true)
        }
        settleGeneration(&json, proposal)
        try definition.validate(json, old: proposal.old, subresource: proposal.target.subresource)
        warnings += try await validateBuiltIn(json, proposal)
        warnings += try await callValidatingWebhooks(Review(proposal: proposal, object: json))
        return json
    }

    func writer(_ target: Target, _ context: WriteContext) -> FieldOwnership.Writer {
        FieldOwnership.Writer(
            manager: context.fieldManager,
            subresource: target.subresource == "status" || target.subresource == "scale" ? target.subresource : "",
            time: clock().description
        )
    }

    /// 1 at creation; one more with every change of anything but metadata and status.
    private func settleGeneration(_ json: inout JSONValue, _ proposal: Proposal) {
        guard proposal.target.definition.hasGeneration else {
            if let old = proposal.old {
                json[path: ["metadata", "generation"]] = old[path: ["metadata", "generation"]]
            }
            return
        }
        guard let old = proposal.old else {
            json[path: ["metadata", "generation"]] = 1
            return
        }
        let before = old[path: ["metadata", "generation"]]?.integer ?? 0
        let changed = Self.withoutMetadataAndStatus(json) != Self.withoutMetadataAndStatus(old)
        json[path: ["metadata", "generation"]] = .integer(
            changed ? before.addingReportingOverflow(1).partialValue : before
        )
    }

    private static func withoutMetadataAndStatus(_ json: JSONValue) -> [String: JSONValue] {
        var members = json.object ?? [:]
        members["metadata"] = nil
        members["status"] = nil
        members["apiVersion"] = nil
        return members
    }
}
