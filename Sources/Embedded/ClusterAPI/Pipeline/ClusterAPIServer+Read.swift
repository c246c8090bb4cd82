import ClusterSchema
import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    /// The stored object as the target's version shows it.
    func read(_ target: Target) async throws(StatusError) -> StoredObject {
        let key = StoreKey(target.type, ObjectName(namespace: target.namespace, name: target.name))
        let found: StoredObject?
        do { found = try await store.read(key) } catch { throw StatusError(error, target.type, target.name) }
        guard var found else { throw .notFound(target.type, target.name) }
        found.json["apiVersion"] = .string(target.type.apiVersion)
        return found
    }

    func get(_ target: Target) async throws(StatusError) -> JSONValue {
        guard target.definition.verbs.contains("get") else { throw .methodNotAllowed(target, "get") }
        let found = try await read(target)
        return target.subresource == "scale" ? try Scale.show(found.json, target) : found.json
    }

    /// A page of a list and what its `metadata` says.
    struct Page: Sendable {
        var objects: [StoredObject]
        var revision: Int64
        var continuation = ""
        var remaining = 0
    }

    /// Objects in the order of namespace and name. Pages show the present; the list's revision is that of the first
    /// page, so that a watch after it misses nothing.
    func list(_ target: Target, _ query: ListQuery) async throws(StatusError) -> Page {
        guard target.definition.verbs.contains("list") else { throw .methodNotAllowed(target, "list") }
        try checkRevision(query)
        let token = query.options.continuation.isEmpty ? nil : try ContinueToken(query.options.continuation)
        let selectsAll =
            query.options.labels == .everything && query.options.fields == .everything && target.name.isEmpty
        let limit = max(0, query.options.limit)
        let read: StoredList
        do {
            read = try await store.list(
                group: target.type.group,
                plural: target.type.plural,
                namespace: target.namespace.isEmpty ? nil : target.namespace,
                after: token.map { StoreKey(target.type, $0.after) },
                limit: selectsAll ? limit : 0
            )
        } catch {
            throw StatusError(error)
        }
        var page = Page(objects: read.objects, revision: token?.revision ?? read.revision)
        page.remaining = read.remaining
        var hasMore = read.next != nil
        if !selectsAll {
            let selection = Selection(query.options, name: target.name)
            page.objects = page.objects.filter { selection.matches($0.json) }
            if limit > 0, page.objects.count > limit {
                page.remaining = 0
                page.objects.removeLast(page.objects.count - limit)
                hasMore = true
            }
        }
        if hasMore, let last = page.objects.last {
            page.continuation =
                ContinueToken(
                    revision: page.revision,
                    after: ObjectName(namespace: last.key.namespace, name: last.key.name)
                ).text
        }
        return page
    }

    /// 410 for an exact revision that is gone, 504 for one that is still to come, 400 for what makes no sense.
    private func checkRevision(_ query: ListQuery) throws(StatusError) {
        let text = query.options.resourceVersion
        guard !text.isEmpty, text != "0", query.options.continuation.isEmpty else { return }
        guard let wanted = Int64(text) else {
            throw StatusError(.badRequest, "Invalid value: \"\(text)\": resourceVersion must be a number")
        }
        let current = store.currentRevision
        if wanted > current {
            throw StatusError(.timeout, "Too large resource version: \(wanted), current: \(current)")
        }
        if query.match == .exact, wanted != current {
            throw StatusError(.expired, "The provided resource version is too old: only the present is kept.")
        }
    }
}

extension StatusError {
    static func methodNotAllowed(_ target: Target, _ verb: String) -> StatusError {
        StatusError(
            .methodNotAllowed,
            "\(verb) is not supported on resources of kind \"\(target.type.groupResource)\""
        ).about(target.type, target.name)
    }
}
