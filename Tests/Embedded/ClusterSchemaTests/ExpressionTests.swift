import ClusterSchema
import KubernetesAPI
import Testing

/// CEL through the only door it has: rules of a CustomResourceDefinition.
@Suite struct ExpressionTests {
    private func outcome(_ rule: String, _ value: JSONValue) throws -> (holds: Bool, warnings: [String]) {
        var catalog = SchemaCatalog.builtIn
        let schema: JSONValue = [
            "type": "object",
            "properties": [
                "spec": [
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    "x-kubernetes-validations": [["rule": .string(rule)]],
                ]
            ],
        ]
        try catalog.set(
            KubernetesObject([
                "metadata": ["name": "as.b.c"],
                "spec": [
                    "group": "b.c", "names": ["plural": "as", "kind": "A"],
                    "versions": [
                        ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema]]
                    ],
                ],
            ])
        )
        let definition = try #require(catalog.definition(apiVersion: "b.c/v1", kind: "A"))
        let warnings = catalog.warnings(crdNamed: "as.b.c")
        let object: JSONValue = ["metadata": ["name": "a"], "spec": value]
        return ((try? definition.prepare(object)) != nil, warnings)
    }

    static let value =
        #"{"n":3,"d":1.5,"s":"foo/bar","l":[1,2,3],"m":{"a":"x","b":"y"},"t":"90s","u":"https://h:8443/p?q"}"#

    static let rules = [
        ("self.n + 2 * 3 == 9", true), ("-self.n < 0 && !(self.n == 4)", true), ("self.n == 3.0", true),
        ("7 / 2 == 3 && 7 % 2 == 1", true), ("self.n / 0 == 1", false), ("self.n / 0 == 1 || true", true),
        ("has(self.n) && !has(self.zz)", true), ("self.zz == 1", false), ("has(self.zz) ? false : true", true),
        ("self.l.all(x, x > 0)", true), ("self.l.exists(x, x == 2)", true), ("self.l.exists_one(x, x > 1)", false),
        ("self.l.filter(x, x > 1).size() == 2", true), ("self.l.map(x, x * 2) == [2, 4, 6]", true),
        ("self.m.all(k, self.m[k].size() == 1)", true), ("'a' in self.m && 2 in self.l && !(9 in self.l)", true),
        ("self.s.startsWith('foo') && self.s.endsWith(\"bar\") && self.s.contains('/')", true),
        ("self.s.matches('^[a-z]+/')", true), ("self.s.matches(r'^\\d')", false),
        ("self.s.substring(4) == 'bar'", true),
        ("self.s.split('/')[1] == 'bar' && self.s.indexOf('/') == 3", true), ("self.s.substring(9) == ''", false),
        ("duration(self.t) > duration('1m')", true), ("duration(self.t) < duration('1h1.5s')", true),
        ("url(self.u).getScheme() == 'https' && url(self.u).getHostname() == 'h'", true),
        ("isURL(self.u) && !isURL('foo')", true), ("quantity('1Gi').isGreaterThan(quantity('1G'))", true),
        ("(has(self.s) ? 1 : 0) + (has(self.zz) ? 1 : 0) <= 1", true), ("{'a': 1}['a'] == 1", true),
        ("size(self.l) == 3 && int('5') == 5 && string(5) == '5'", true), ("self.n > 'a'", false),
    ]

    @Test(arguments: rules) func rulesDecide(rule: String, holds: Bool) throws {
        let (result, warnings) = try outcome(rule, try json(Self.value))
        #expect(warnings == [])
        #expect(result == holds)
    }

    @Test(arguments: ["self.", "foo(self)", "other == 1", "self.all(i, v, true)", "'open", "self == `x`", "1 +"])
    func rulesThatCannotBeCompiledAreNamed(rule: String) throws {
        let (holds, warnings) = try outcome(rule, [:])
        #expect(holds)
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(rule) == true)
    }

    @Test func runawayRulesEnd() throws {
        let list = JSONValue.array((0..<300).map { .integer($0) })
        let (holds, _) = try outcome("self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))", ["l": list])
        #expect(!holds)
    }
}
