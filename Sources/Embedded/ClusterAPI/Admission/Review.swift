import KubernetesAPI

/// What webhooks are asked: `admission.k8s.io/v1 AdmissionReview`.
struct Review: Sendable {
    var proposal: ClusterAPIServer.Proposal
    /// As it is now, on its way through the webhooks; null for a deletion.
    var object: JSONValue

    func request(uid: String) -> JSONValue {
        let type = proposal.target.type
        let kind: JSONValue = [
            "group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind),
        ]
        let resource: JSONValue = [
            "group": .string(type.group), "version": .string(type.version), "resource": .string(type.plural),
        ]
        var request: JSONValue = [
            "uid": .string(uid), "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
            "operation": .string(proposal.operation.rawValue), "userInfo": proposal.context.user.json,
            "dryRun": .bool(proposal.context.isDryRun), "object": object, "oldObject": proposal.old ?? .null,
            "name": .string(proposal.target.name), "options": options,
        ]
        if !proposal.target.namespace.isEmpty { request["namespace"] = .string(proposal.target.namespace) }
        if !proposal.target.subresource.isEmpty {
            request["subResource"] = .string(proposal.target.subresource)
            request["requestSubResource"] = .string(proposal.target.subresource)
        }
        return ["kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request]
    }

    private var options: JSONValue {
        var options: JSONValue = [
            "kind": .string(proposal.operation.rawValue.capitalizedFirst + "Options"), "apiVersion": "meta.k8s.io/v1",
        ]
        if proposal.context.isDryRun { options["dryRun"] = ["All"] }
        if proposal.operation != .delete { options["fieldManager"] = .string(proposal.context.fieldManager) }
        return options
    }

    /// What a webhook said.
    struct Verdict: Sendable {
        var isAllowed: Bool
        var message: String
        var code: Int
        var reason: String
        var patch: JSONValue?
        var warnings: [String]

        init(_ json: JSONValue, uid: String) throws(StatusError) {
            guard json["kind"]?.string == "AdmissionReview", let response = json["response"] else {
                throw StatusError(
                    .internalError,
                    "expected response.admission.k8s.io/v1 AdmissionReview, got something else"
                )
            }
            guard response["uid"]?.string == uid else {
                throw StatusError(
                    .internalError,
                    "expected response.uid=\"\(uid)\", got \"\(response["uid"]?.string ?? "")\""
                )
            }
            isAllowed = response["allowed"]?.bool ?? false
            message = response[path: ["status", "message"]]?.string ?? ""
            reason = response[path: ["status", "reason"]]?.string ?? ""
            code = response[path: ["status", "code"]]?.integer.flatMap { Int(exactly: $0) } ?? 400
            warnings = response["warnings"]?.array?.compactMap(\.string) ?? []
            guard let text = response["patch"]?.string, !text.isEmpty else { return }
            guard response["patchType"]?.string == "JSONPatch" else {
                throw StatusError(.internalError, "response.patchType must be JSONPatch")
            }
            guard let bytes = Base64.decode(text), let operations = try? JSONValue(json: bytes) else {
                throw StatusError(.internalError, "response.patch is not base64 of JSON")
            }
            patch = operations
        }

        func refusal(_ webhook: String) -> StatusError {
            let denied = "admission webhook \"\(webhook)\" denied the request"
            let why = !message.isEmpty ? ": \(message)" : !reason.isEmpty ? ": \(reason)" : " without explanation"
            let code = (400...599).contains(self.code) ? self.code : 400
            let known = StatusError.Reason(rawValue: reason) ?? StatusError.Reason.allCases.first { $0.code == code }
            return StatusError(known ?? .badRequest, denied + why, code: code)
        }
    }
}

extension String {
    /// `CREATE` -> `Create`.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst().lowercased() }
}
