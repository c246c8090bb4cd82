import KubernetesAPI

/// The `paths` of OpenAPI v3 documents: kubectl looks there for what PATCH accepts before it sends a dry run.
enum OpenAPIPaths {
    static func items(of definition: ResourceDefinition) -> [String: JSONValue] {
        let type = definition.type
        let root = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
        let scoped = type.isNamespaced ? "\(root)/namespaces/{namespace}" : root
        var list: JSONValue = [:]
        var single: JSONValue = [:]
        for verb in definition.verbs {
            switch verb {
            case "list":
                list["get"] = operation("list", type, ["labelSelector", "fieldSelector", "limit", "continue", "watch"])
            case "create": list["post"] = operation("post", type, writing)
            case "deletecollection": list["delete"] = operation("deletecollection", type, ["labelSelector", "dryRun"])
            case "get": single["get"] = operation("get", type, [])
            case "update": single["put"] = operation("put", type, writing)
            case "patch": single["patch"] = operation("patch", type, writing + ["force"])
            case "delete":
                single["delete"] = operation("delete", type, ["dryRun", "gracePeriodSeconds", "propagationPolicy"])
            default: break
            }
        }
        list["parameters"] = parameters(type, withName: false)
        single["parameters"] = parameters(type, withName: true)
        var items = ["\(scoped)/\(type.plural)": list]
        if definition.isStored { items["\(scoped)/\(type.plural)/{name}"] = single }
        return items
    }

    private static let writing = ["dryRun", "fieldManager", "fieldValidation"]

    private static func operation(_ action: String, _ type: ResourceType, _ query: [String]) -> JSONValue {
        [
            "operationId": .string("\(action)\(type.group)\(type.version)\(type.kind)"),
            "x-kubernetes-action": .string(action),
            "x-kubernetes-group-version-kind": [
                "group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind),
            ],
            "parameters": .array(query.map(parameter)), "responses": ["200": ["description": "OK"]],
        ]
    }

    private static func parameter(_ name: String) -> JSONValue {
        let type: JSONValue =
            switch name {
            case "force", "watch": "boolean"
            case "limit", "gracePeriodSeconds": "integer"
            default: "string"
            }
        return ["name": .string(name), "in": "query", "schema": ["type": type, "uniqueItems": true]]
    }

    private static func parameters(_ type: ResourceType, withName: Bool) -> JSONValue {
        let names = (withName ? ["name"] : []) + (type.isNamespaced ? ["namespace"] : [])
        return .array(
            names.map { ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]] }
        )
    }
}
