package import KubernetesAPI

/// The query parameter `includeObject` of table requests.
package enum IncludedObject: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
}

extension ResourceDefinition {
    /// `meta.k8s.io/v1 Table` of these objects, as `kubectl get` prints them.
    ///
    /// `now` is seconds since 1970 (ages are relative to it); `listMetadata` is the list's `metadata`
    /// (`resourceVersion`, `continue`), or for one object its `resourceVersion`.
    package func table(
        of objects: [KubernetesObject],
        includeObject: IncludedObject = .metadata,
        now: Int64,
        listMetadata: JSONValue = [:]
    ) -> JSONValue {
        // Kubernetes shows the type of an event first and its name last.
        let isEvent = type.kind == "Event" && !isCustom
        var name = PrinterColumn("Name", summary: "Name of the object, unique in its namespace.")
        name.format = "name"
        let declared = isEvent ? columns.filter { $0.name != "Name" } : columns
        let rows = objects.map { object -> JSONValue in
            let cells = isCustom ? customCells(object, now: now) : BuiltInTable.cells(object, type, now: now)
            var row: JSONValue = [
                "cells": .array(
                    isEvent ? Array(cells.dropLast()) + [.string(object.name)] : [.string(object.name)] + cells
                )
            ]
            switch includeObject {
            case .none: break
            case .metadata:
                row["object"] = [
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"] ?? [:],
                ]
            case .object: row["object"] = object.json
            }
            return row
        }
        if isEvent { name.priority = 1 }
        let titles = isEvent ? declared + [name] : [name] + declared
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": listMetadata,
            "columnDefinitions": .array(titles.map(\.json)), "rows": .array(rows),
        ]
    }

    /// The first value of each path; a cell without one is null.
    private func customCells(_ object: KubernetesObject, now: Int64) -> [JSONValue] {
        columns.map { column in
            let values = column.path?.values(in: object.json) ?? []
            guard let value = values.first, !value.isNull else { return column.type == "date" ? "<unknown>" : .null }
            switch column.type {
            case "date": return .string(Age.since(value.string, now: now))
            case "integer", "number", "boolean": return value
            default:
                if values.count > 1 { return .string(values.map { $0.string ?? $0.jsonText }.joined(separator: ",")) }
                return .string(value.string ?? value.jsonText)
            }
        }
    }
}

extension PrinterColumn {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(summary), "priority": .integer(Int64(priority)),
        ]
    }
}
