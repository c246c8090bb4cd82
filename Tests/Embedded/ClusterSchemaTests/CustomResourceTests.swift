import ClusterSchema
import CustomDump
import KubernetesAPI
import Testing

@Suite struct CustomResourceTests {
    private static let crd = #"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},
         "spec":{"group":"example.com","scope":"Namespaced",
          "names":{"plural":"widgets","kind":"Widget","shortNames":["wd"],"categories":["all"]},
          "versions":[{"name":"v1","served":true,"storage":true,
           "subresources":{"status":{},"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size"}},
           "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},
             {"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"},
             {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}],
           "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
             "spec":{"type":"object","required":["size"],"properties":{
               "size":{"type":"integer","minimum":1,"maximum":10,"default":2},
               "color":{"type":"string","enum":["red","blue"]},
               "name":{"type":"string","pattern":"^[a-z]+$","nullable":true},
               "port":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]},
               "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
               "labels":{"type":"object","additionalProperties":{"type":"string"}},
               "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],
                 "items":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"n":{"type":"integer"}}}},
               "match":{"type":"object","oneOf":[{"required":["a"]},{"required":["b"]}],
                 "properties":{"a":{"type":"string"},"b":{"type":"string"}}}},
              "x-kubernetes-validations":[
                {"rule":"!has(self.color) || self.color != 'blue' || self.size < 5","message":"blue widgets are small"},
                {"rule":"self.size >= oldSelf.size","message":"size never shrinks"},
                {"rule":"self.size.unheardOf()"}]},
             "status":{"type":"object","properties":{"size":{"type":"integer"}}}}}}}]}}
        """#

    private func widgets() throws -> (SchemaCatalog, ResourceDefinition) {
        var catalog = SchemaCatalog.builtIn
        try catalog.set(KubernetesObject(try json(Self.crd)))
        return (catalog, try #require(catalog.definition(group: "example.com", version: "v1", plural: "widgets")))
    }

    @Test func definitionIsServed() throws {
        let (catalog, widget) = try widgets()
        #expect(widget.shortNames == ["wd"])
        #expect(widget.hasStatus)
        #expect(widget.scale?.specReplicas == ["spec", "size"])
        #expect(catalog.groups.contains { $0.name == "example.com" })
        #expect(catalog.definition(apiVersion: "example.com/v1", kind: "Widget") != nil)
        #expect(
            catalog.warnings(crdNamed: "widgets.example.com") == [
                "widgets.example.com: version v1: spec.versions[0].schema.openAPIV3Schema.properties[spec]: "
                    + "the rule 'self.size.unheardOf()' is not checked: the function unheardOf is not supported"
            ]
        )
        var without = catalog
        without.remove(crdNamed: "widgets.example.com")
        #expect(without.definition(apiVersion: "example.com/v1", kind: "Widget") == nil)
        #expect(without.groups == SchemaCatalog.builtIn.groups)
    }

    @Test func objectsArePrunedAndDefaulted() throws {
        let (_, widget) = try widgets()
        let prepared = try widget.prepare(
            try json(
                #"""
                {"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},
                 "spec":{"junk":1,"free":{"x":{"y":1}},"name":null,"labels":{"a":"b"},"port":"http"}}
                """#
            )
        )
        expectNoDifference(
            prepared.json["spec"],
            ["size": 2, "free": ["x": ["y": 1]], "name": nil, "labels": ["a": "b"], "port": "http"]
        )
        #expect(prepared.warnings == [#"unknown field "spec.junk""#])
    }

    static let refusals = [
        (#"{"size":11}"#, "spec.size in body should be less than or equal to 10"),
        (#"{"size":0}"#, "spec.size in body should be greater than or equal to 1"),
        (#"{"size":"2"}"#, #"spec.size: Invalid value: "string": spec.size in body must be of type integer: "string""#),
        (#"{"color":"green"}"#, #"spec.color: Unsupported value: "green": supported values: "red", "blue""#),
        (#"{"name":"A"}"#, "spec.name in body should match '^[a-z]+$'"),
        (#"{"labels":{"a":1}}"#, "spec.labels.a in body must be of type string"),
        (#"{"parts":[{"id":"a"},{"id":"a"}]}"#, #"spec.parts[1]: Duplicate value: {"id":"a"}"#),
        (#"{"parts":[{}]}"#, "spec.parts[0].id: Required value"),
        (#"{"match":{"a":"1","b":"2"}}"#, "must validate one and only one schema (oneOf)"),
        (#"{"color":"blue","size":7}"#, #"spec: Invalid value: "object": blue widgets are small"#),
    ]

    @Test(arguments: refusals) func badObjectsAreRefused(spec: String, message: String) throws {
        let (_, widget) = try widgets()
        let error = #expect(throws: StatusError.self) {
            try widget.prepare(["metadata": ["name": "w"], "spec": try json(spec)])
        }
        #expect(error?.code == 422)
        let found = error?.message ?? ""
        #expect(found.contains(message), "\(found)")
    }

    @Test func transitionRulesCompareWithTheStoredObject() throws {
        let (_, widget) = try widgets()
        let old = try widget.prepare(["metadata": ["name": "w"], "spec": ["size": 4]]).json
        var new = old
        new[path: ["spec", "size"]] = 3
        let error = #expect(throws: StatusError.self) { try widget.prepareUpdate(old: old, new: new) }
        #expect(error?.message.contains("size never shrinks") == true)
    }

    @Test func columnsComeFromTheDefinition() throws {
        let (_, widget) = try widgets()
        let object = try json(
            #"""
            {"metadata":{"name":"w","creationTimestamp":"1970-01-01T00:00:00Z"},"spec":{"size":3},
             "status":{"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]}}
            """#
        )
        let table = widget.table(of: [KubernetesObject(object)], now: 45)
        expectNoDifference(table["rows"]?.array?.first?["cells"], ["w", 3, "True", "45s"])
    }

    @Test func definitionThatIsNotStructuralIsRefused() throws {
        var crd = try json(Self.crd)
        crd[path: ["spec", "versions"]] = try json(
            #"[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{}}}}}]"#
        )
        var catalog = SchemaCatalog.builtIn
        let error = #expect(throws: StatusError.self) { try catalog.set(KubernetesObject(crd)) }
        #expect(error?.message.contains("properties[spec].type: Required value") == true)
    }
}
