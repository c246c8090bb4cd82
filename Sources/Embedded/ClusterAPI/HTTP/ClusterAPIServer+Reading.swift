import ClusterSchema
import ClusterStore
import HTTPTypes
import KubernetesAPI

extension ClusterAPIServer {
    func reading(_ request: APIRequest, _ target: Target, _ verb: String) async throws(StatusError) -> APIAnswer {
        switch verb {
        case "watch":
            let format = try AcceptedFormat(request.headers[values: .accept])
            let signals = try await watch(target, try listQuery(request, target))
            let encoding = WatchEncoding(
                target,
                format,
                includeObject(request),
                encoded: encodedObjects,
                clock: clock
            )
            return APIAnswer(.watch(signals, encoding))
        case "list": return try listAnswer(try await list(target, try listQuery(request, target)), request, target)
        default: return try objectAnswer(try await get(target), request, target)
        }
    }

    /// One object in the accepted format.
    func objectAnswer(_ object: JSONValue, _ request: APIRequest, _ target: Target) throws(StatusError) -> APIAnswer {
        let format = try AcceptedFormat(request.headers[values: .accept])
        guard object["kind"]?.string == target.type.kind else { return answer(object, request) }
        switch format {
        case .table:
            return answer(
                target.definition.table(
                    of: [KubernetesObject(object)],
                    includeObject: includeObject(request),
                    now: clock().seconds,
                    listMetadata: ["resourceVersion": object[path: ["metadata", "resourceVersion"]] ?? ""]
                ),
                request
            )
        case .metadata: return answer(AcceptedFormat.partial(object), request)
        case .object, .groupDiscovery: return answer(object, request)
        }
    }

    func listAnswer(_ page: Page, _ request: APIRequest, _ target: Target) throws(StatusError) -> APIAnswer {
        var metadata: JSONValue = ["resourceVersion": .string(String(page.revision))]
        if !page.continuation.isEmpty {
            metadata["continue"] = .string(page.continuation)
            if page.remaining > 0 { metadata["remainingItemCount"] = .integer(Int64(page.remaining)) }
        }
        switch try AcceptedFormat(request.headers[values: .accept]) {
        case .table:
            return answer(
                target.definition.table(
                    of: page.objects.map(target.show),
                    includeObject: includeObject(request),
                    now: clock().seconds,
                    listMetadata: metadata
                ),
                request
            )
        case .metadata:
            return answer(
                [
                    "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                    "items": .array(page.objects.map { AcceptedFormat.partial($0.json) }),
                ],
                request
            )
        case .object, .groupDiscovery:
            guard !request.isPretty else {
                return answer(
                    [
                        "kind": .string(target.definition.listKind), "apiVersion": .string(target.type.apiVersion),
                        "metadata": metadata, "items": .array(page.objects.map { target.show($0).json }),
                    ],
                    request
                )
            }
            return APIAnswer(bytes: encodedObjects.list(page.objects, target, metadata))
        }
    }

    private func answer(_ json: JSONValue, _ request: APIRequest) -> APIAnswer {
        request.isPretty ? APIAnswer(bytes: json.prettyBytes) : APIAnswer(json)
    }

    private func includeObject(_ request: APIRequest) -> IncludedObject {
        request.query["includeObject"].flatMap(IncludedObject.init) ?? .metadata
    }

    /// The query of a list, watch or deletion of many.
    func listQuery(_ request: APIRequest, _ target: Target) throws(StatusError) -> ListQuery {
        var query = ListQuery()
        let parameters = request.query
        do {
            if let text = parameters["labelSelector"], !text.isEmpty {
                query.options.labels = try LabelSelector(parsing: text)
            }
        } catch {
            throw StatusError(.badRequest, "unable to parse requirement: \(error)")
        }
        if let text = parameters["fieldSelector"], !text.isEmpty {
            query.options.fields = try target.definition.fieldSelector(parsing: text)
        }
        query.options.resourceVersion = parameters["resourceVersion"] ?? ""
        query.options.continuation = parameters["continue"] ?? ""
        query.options.allowsBookmarks = parameters.flag("allowWatchBookmarks")
        if let text = parameters["limit"] {
            guard let limit = Int(text), limit >= 0 else {
                throw StatusError(.badRequest, "limit: Invalid value: \"\(text)\"")
            }
            query.options.limit = limit
        }
        if let text = parameters["resourceVersionMatch"], !text.isEmpty {
            guard let match = ListQuery.Match(rawValue: text) else {
                throw StatusError(.invalid, "resourceVersionMatch: Unsupported value: \"\(text)\"")
            }
            query.match = match
        }
        query.sendsInitialEvents = parameters.flag("sendInitialEvents")
        if query.sendsInitialEvents, query.match != .notOlderThan {
            throw StatusError(
                .invalid,
                "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
        }
        if let seconds = parameters["timeoutSeconds"].flatMap({ Int64($0) }), seconds > 0, seconds < 1 << 31 {
            query.timeout = .seconds(seconds)
        }
        return query
    }

    /// `GET pods/NAME/log`.
    func log(_ request: APIRequest, _ target: Target) async throws(StatusError) -> APIAnswer {
        guard let podStreams else { throw StatusError(.serviceUnavailable, "no node serves logs") }
        let query = request.query
        var options = LogOptions()
        options.container = query["container"] ?? ""
        options.follow = query.flag("follow")
        options.previous = query.flag("previous")
        options.timestamps = query.flag("timestamps")
        options.tailLines = query["tailLines"].flatMap { Int($0) }
        options.sinceSeconds = query["sinceSeconds"].flatMap { Int($0) }
        options.sinceTime = query["sinceTime"]
        options.limitBytes = query["limitBytes"].flatMap { Int($0) }
        _ = try await read(target)
        let stream = try await podStreams.logs(
            of: ObjectName(namespace: target.namespace, name: target.name),
            options
        )
        return APIAnswer(.stream(stream), contentType: "text/plain")
    }
}

extension APIRequest {
    /// Kubernetes indents for `pretty=true` only; tools that want it ask for it.
    var isPretty: Bool { query.flag("pretty") }
}
