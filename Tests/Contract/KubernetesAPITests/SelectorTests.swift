import CustomDump
import KubernetesAPI
import Testing

@Suite struct SelectorTests {
    @Test(arguments: [
        ("a=b", [LabelSelector.Requirement.isIn(key: "a", values: ["b"])]),
        ("a==b , c != d", [.isIn(key: "a", values: ["b"]), .notIn(key: "c", values: ["d"])]),
        ("e in (x,y),f notin ( z )", [.isIn(key: "e", values: ["x", "y"]), .notIn(key: "f", values: ["z"])]),
        ("g,!h", [.exists(key: "g"), .doesNotExist(key: "h")]),
        ("a=,b!=", [.isIn(key: "a", values: [""]), .notIn(key: "b", values: [""])]),
        ("istio.io/rev in (,default)", [.isIn(key: "istio.io/rev", values: ["", "default"])]),
        ("in=x,notin", [.isIn(key: "in", values: ["x"]), .exists(key: "notin")]),
        ("", []),
    ])
    func labelSelectorsAreReadAndWrittenBack(_ text: String, _ expected: [LabelSelector.Requirement]) throws {
        let selector = try LabelSelector(parsing: text)
        expectNoDifference(selector.requirements, expected)
        expectNoDifference(try LabelSelector(parsing: selector.description), selector)
    }

    @Test(arguments: [
        "a=b=c", "a in x", "a in (x", ",", "a,", "!", "a b", "-a=b", "a=b c", "a>1", "/a", "x/y/z", "a=\u{e9}",
    ])
    func whatIsNoLabelSelectorIsRefused(_ text: String) {
        #expect(throws: SelectorError.self) { try LabelSelector(parsing: text) }
    }

    @Test func selectorObjectsAreRead() throws {
        let selector = try LabelSelector([
            "matchLabels": ["app": "x"],
            "matchExpressions": [
                ["key": "tier", "operator": "In", "values": ["a", "b"]],
                ["key": "env", "operator": "NotIn", "values": ["c"]],
                ["key": "v", "operator": "Exists"], ["key": "w", "operator": "DoesNotExist"],
            ],
        ])
        #expect(selector.description == "app=x,tier in (a,b),env!=c,v,!w")
        #expect(selector.matches(["app": "x", "tier": "a", "v": ""]))
        #expect(!selector.matches(["app": "x", "tier": "a", "v": "", "w": ""]))
        #expect(try LabelSelector([:]) == .everything)
        #expect(throws: SelectorError.self) {
            try LabelSelector(["matchExpressions": [["key": "a", "operator": "In"]]])
        }
        #expect(throws: SelectorError.self) {
            try LabelSelector(["matchExpressions": [["key": "a", "operator": "Near", "values": ["b"]]]])
        }
    }

    @Test func fieldSelectorsAreReadAndWrittenBack() throws {
        let text = #"metadata.name=x,status.phase!=Running,spec.a==b\,c\=d"#
        let selector = try FieldSelector(parsing: text)
        expectNoDifference(
            selector.requirements,
            [
                .init(path: ["metadata", "name"], value: "x"),
                .init(path: ["status", "phase"], value: "Running", isEqual: false),
                .init(path: ["spec", "a"], value: "b,c=d"),
            ]
        )
        expectNoDifference(try FieldSelector(parsing: selector.description), selector)
        #expect(throws: SelectorError.self) { try FieldSelector(parsing: "metadata.name") }
        #expect(throws: SelectorError.self) { try FieldSelector(parsing: "=x") }
        #expect(throws: SelectorError.self) { try FieldSelector(parsing: "a!b") }
    }
}
