import ClusterSchema
import CustomDump
import KubernetesAPI
import Testing

@Suite struct FieldOwnershipTests {
    private func writer(_ name: String) -> FieldOwnership.Writer {
        FieldOwnership.Writer(manager: name, time: "2025-01-01T00:00:00Z")
    }

    private func apply(
        _ applied: JSONValue,
        to live: JSONValue?,
        as manager: String,
        force: Bool = false
    ) throws -> JSONValue {
        let deployments = try definition(.deployments)
        let merged = try FieldOwnership.apply(applied, to: live, deployments, writer(manager), force: force)
        return try deployments.decode(merged, fieldValidation: .ignore).json
    }

    @Test func applierOwnsWhatItNames() throws {
        let object = try apply(try json(deploymentText), to: nil, as: "me")
        let entry = object[path: ["metadata", "managedFields"]]?.array?.first
        #expect(entry?["operation"] == "Apply")
        expectNoDifference(
            entry?["fieldsV1"],
            try json(
                #"""
                {"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},
                 "f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:image":{},
                  "f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}},
                  "f:readinessProbe":{"f:httpGet":{"f:port":{}}}}}}}}}
                """#
            )
        )
    }

    @Test func otherManagersFieldsConflict() throws {
        let deployments = try definition(.deployments)
        var live = try deployments.prepare(try json(deploymentText)).json
        live = FieldOwnership.update(from: nil, to: live, deployments, writer("kubectl-create"))
        var wish = try json(deploymentText)
        wish[path: ["spec", "replicas"]] = 3
        let error = #expect(throws: StatusError.self) { try apply(wish, to: live, as: "me") }
        #expect(error?.code == 409)
        #expect(
            error?.message
                == #"Apply failed with 1 conflict: conflict with "kubectl-create" using apps/v1 at 2025-01-01T00:00:00Z: .spec.replicas"#
        )
        #expect(error?.causes.map(\.reason) == ["FieldManagerConflict"])
        #expect(error?.causes.map(\.field) == [".spec.replicas"])
        let forced = try apply(wish, to: live, as: "me", force: true)
        #expect(forced[path: ["spec", "replicas"]] == 3)
        // Now the field is ours, so the next apply needs no force.
        wish[path: ["spec", "replicas"]] = 4
        #expect(try apply(wish, to: forced, as: "me")[path: ["spec", "replicas"]] == 4)
    }

    @Test func fieldsNoLongerAppliedGo() throws {
        var first = try json(deploymentText)
        first[path: ["metadata", "labels"]] = ["a": "1", "b": "2"]
        first[path: ["spec", "template", "spec", "containers"]] = [
            [
                "name": "web", "image": "nginx:1.25",
                "env": [["name": "A", "value": "1"], ["name": "B", "value": "2"]],
            ],
            ["name": "side", "image": "x:1"],
        ]
        let live = try apply(first, to: nil, as: "me")
        var second = first
        second[path: ["metadata", "labels"]] = ["a": "1"]
        second[path: ["spec", "template", "spec", "containers"]] = [
            ["name": "web", "image": "nginx:1.25", "env": [["name": "A", "value": "1"]]]
        ]
        let result = try apply(second, to: live, as: "me")
        #expect(result[path: ["metadata", "labels"]] == ["a": "1"])
        let containers = result[path: ["spec", "template", "spec", "containers"]]?.array ?? []
        #expect(containers.count == 1)
        #expect(containers.first?["env"] == [["name": "A", "value": "1"]])
    }

    @Test func fieldsOfOthersStay() throws {
        var mine = try json(deploymentText)
        mine[path: ["metadata", "labels"]] = ["a": "1"]
        let live = try apply(mine, to: nil, as: "me")
        let theirs: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": "web", "labels": ["a": "1", "theirs": "yes"]],
        ]
        let both = try apply(theirs, to: live, as: "they")
        mine[path: ["metadata", "labels"]] = nil
        let result = try apply(mine, to: both, as: "me")
        #expect(result[path: ["metadata", "labels"]] == ["a": "1", "theirs": "yes"])
    }

    @Test func applyingTheSameAgainChangesNothing() throws {
        let once = try apply(try json(deploymentText), to: nil, as: "me")
        expectNoDifference(try apply(try json(deploymentText), to: once, as: "me"), once)
    }

    @Test func updateTakesOwnershipOfWhatItChanged() throws {
        let deployments = try definition(.deployments)
        let live = try apply(try json(deploymentText), to: nil, as: "me")
        var new = live
        new[path: ["spec", "template", "spec", "containers"]]?[0, "image"] = "nginx:2"
        let result = FieldOwnership.update(from: live, to: new, deployments, writer("kubectl-set"))
        let entries = result[path: ["metadata", "managedFields"]]?.array ?? []
        #expect(entries.map { $0["manager"] } == ["me", "kubectl-set"])
        expectNoDifference(
            entries.last?["fieldsV1"],
            try json(
                #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}}}}}}"#
            )
        )
        #expect(entries.first?["fieldsV1"]?.jsonText.contains("f:image") == false)
    }

    @Test(arguments: [("kubectl/v1.34.1 (linux/amd64)", "kubectl"), ("curl", "curl"), ("", "unknown")])
    func managerComesFromTheUserAgent(agent: String, manager: String) {
        #expect(FieldOwnership.manager(userAgent: agent) == manager)
    }
}

extension JSONValue {
    /// A member of an element.
    fileprivate subscript(index: Int, name: String) -> JSONValue? {
        get { array.flatMap { $0.indices.contains(index) ? $0[index][name] : nil } }
        set {
            guard case .array(var elements) = self, elements.indices.contains(index) else { return }
            elements[index][name] = newValue
            self = .array(elements)
        }
    }
}
