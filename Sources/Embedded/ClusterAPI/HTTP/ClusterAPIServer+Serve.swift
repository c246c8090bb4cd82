import ClusterSchema
import HTTPTypes
import KubernetesAPI

extension ClusterAPIServer {
    /// One request about a resource: verb, rights, work, answer.
    func serve(_ request: APIRequest, _ target: Target, _ user: UserInfo) async throws(StatusError) -> APIAnswer {
        let isCollection = target.name.isEmpty
        let isWatch = request.query.flag("watch")
        let verb: String
        switch request.method {
        case .get, .head: verb = isWatch ? "watch" : isCollection ? "list" : "get"
        case .post: verb = "create"
        case .put: verb = "update"
        case .patch: verb = "patch"
        case .delete: verb = isCollection ? "deletecollection" : "delete"
        default: throw .methodNotAllowed(target, request.method.rawValue.lowercased())
        }
        try checkSubresource(target, verb)
        try await authorize(user, target.access(verb))
        switch verb {
        case "get" where target.type.plural == "pods" && target.subresource == "log":
            return try await log(request, target)
        case "get", "list", "watch": return try await reading(request, target, verb)
        case "deletecollection":
            let body = try request.decodedBody()
            let page = try await deleteCollection(
                target,
                try listQuery(request, target),
                try deleteOptions(request, body),
                try context(request, user, DeleteOptionsBody(body).isDryRun)
            )
            return try listAnswer(page, request, target)
        default: return try await writing(request, target, verb, user)
        }
    }

    private func checkSubresource(_ target: Target, _ verb: String) throws(StatusError) {
        guard !target.subresource.isEmpty else { return }
        if ["exec", "attach", "portforward", "proxy"].contains(target.subresource) {
            throw StatusError(.badRequest, "Upgrade request required")
        }
        if target.type == .namespaces, target.subresource == "finalize" { return }
        let known =
            target.subresource == "log" && target.type == .pods
            || target.type == .pods && ["binding", "eviction"].contains(target.subresource)
            || target.type == .serviceAccounts && target.subresource == "token"
        guard !target.name.isEmpty, known || target.definition.subresource(target.subresource) != nil else {
            throw .unknownResource
        }
    }

    private func writing(
        _ request: APIRequest,
        _ target: Target,
        _ verb: String,
        _ user: UserInfo
    ) async throws(StatusError) -> APIAnswer {
        if target.subresource == "status", request.isProtobuf {
            // Statuses are passed over in protobuf: taking one would clear it.
            throw StatusError(.unsupportedMediaType, "a status is not read as protobuf: send application/json")
        }
        let body = try request.decodedBody()
        var answer: Answer
        switch verb {
        case "create":
            guard body.object != nil else {
                throw StatusError(.badRequest, "the body of the request must be an object")
            }
            if !target.definition.isStored {
                answer = try await review(body, target, user)
            } else if !target.subresource.isEmpty {
                answer = try await createSubresource(body, target, try context(request, user))
            } else {
                guard target.name.isEmpty else { throw .methodNotAllowed(target, "create") }
                answer = try await create(body, target, try context(request, user))
            }
        case "update":
            guard body.object != nil else {
                throw StatusError(.badRequest, "the body of the request must be an object")
            }
            answer = try await update(body, target, try context(request, user))
        case "patch":
            answer = try await patch(try patchBody(request, body), target, try context(request, user))
        default:
            answer = try await delete(
                target,
                try deleteOptions(request, body),
                try context(request, user, DeleteOptionsBody(body).isDryRun)
            )
        }
        var result = try objectAnswer(answer.object, request, target)
        result.status = answer.code
        result.warnings = answer.warnings
        return result
    }

    private func patchBody(_ request: APIRequest, _ body: JSONValue) throws(StatusError) -> Patch {
        switch request.contentType {
        case "application/json-patch+json": return .json(body)
        case "application/merge-patch+json": return .merge(body)
        case "application/strategic-merge-patch+json": return .strategic(body)
        case "application/apply-patch+yaml":
            return .apply(body, fieldManager: request.query["fieldManager"] ?? "", force: request.query.flag("force"))
        default:
            throw StatusError(
                .unsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, "
                    + "application/strategic-merge-patch+json"
            )
        }
    }

    private func context(
        _ request: APIRequest,
        _ user: UserInfo,
        _ bodyIsDryRun: Bool = false
    ) throws(StatusError) -> WriteContext {
        let dryRun = request.query.all("dryRun")
        guard dryRun.allSatisfy({ $0 == "All" }) else {
            throw StatusError(.invalid, "dryRun: Unsupported value: \(dryRun): supported values: \"All\"")
        }
        let validation: FieldValidation
        switch request.query["fieldValidation"] {
        case nil, "": validation = .warn
        case let text?:
            guard let known = FieldValidation(rawValue: text) else {
                throw StatusError(
                    .invalid,
                    "fieldValidation: Unsupported value: \"\(text)\": supported values: \"Ignore\", \"Strict\", \"Warn\""
                )
            }
            validation = known
        }
        return WriteContext(
            user: user,
            isDryRun: !dryRun.isEmpty || bodyIsDryRun,
            fieldManager: request.query["fieldManager"]
                ?? FieldOwnership.manager(userAgent: request.headers[.userAgent] ?? ""),
            fieldValidation: validation
        )
    }

    /// DeleteOptions in the body, else in the query.
    private func deleteOptions(_ request: APIRequest, _ body: JSONValue) throws(StatusError) -> DeleteOptions {
        var options = DeleteOptions(json: body)
        if let seconds = request.query["gracePeriodSeconds"].flatMap({ Int64($0) }) {
            options.gracePeriodSeconds = seconds
        }
        if let policy = request.query["propagationPolicy"].flatMap(DeleteOptions.Propagation.init) {
            options.propagation = policy
        }
        return options
    }

    private struct DeleteOptionsBody {
        var isDryRun: Bool

        init(_ body: JSONValue) { isDryRun = !(body["dryRun"]?.array ?? []).isEmpty }
    }
}
