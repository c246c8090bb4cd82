import CustomDump
import KubernetesAPI
import Testing

@Suite struct ManifestTests {
    @Test func documentsAndListsAreReadInOrder() throws {
        let text = """
            # Empty documents say nothing.
            ---
            kind: A
            ---
            ---
            apiVersion: v1
            kind: List
            items:
            - kind: B
            - {kind: PodList, items: [{kind: C}]}
            ---
            {"kind": "D"}
            """
        expectNoDifference(try KubernetesManifest.parse(text).map { $0["kind"]?.string }, ["A", "B", "C", "D"])
        expectNoDifference(try KubernetesManifest.parse(#" {"kind":"E"} "#), [["kind": "E"]])
        expectNoDifference(try KubernetesManifest.parse("\n# nothing\n"), [])
    }

    @Test(
        arguments: [
            ("1", .integer(1)), ("-0", .integer(0)), ("0644", .integer(420)), ("0x1F", .integer(31)),
            ("1_000", .integer(1000)),
            ("1.5", .number(1.5)), ("1e3", .number(1000)), (".5", .number(0.5)), ("089", .number(89)),
            ("99999999999999999999", .number(1e20)), ("true", .bool(true)), ("yes", .bool(true)), ("off", .bool(false)),
            ("~", .null), ("", .null), ("null", .null), ("\"1\"", "1"), ("'true'", "true"), ("!!str 1", "1"),
            ("1.2.3", "1.2.3"),
            ("10.0.0.1", "10.0.0.1"), ("100m", "100m"), ("15:20", "15:20"), ("2024-01-01", "2024-01-01"),
            ("1e", "1e"), (".inf", ".inf"), ("0x", "0x"), ("infinity", "infinity"), ("e1", "e1"),
            ("|\n  x\n  y\n", "x\ny\n"),
        ] as [(String, JSONValue)]
    )
    func scalarsAreReadAsKubectlReadsThem(_ text: String, _ expected: JSONValue) throws {
        expectNoDifference(try KubernetesManifest.parse("v: \(text)"), [["v": expected]])
    }

    @Test func anchorsAndMergeKeysAreFollowed() throws {
        let text = """
            base: &b {a: 1, b: 2}
            use: *b
            own: {<<: *b, b: 3}
            star: "*b"
            glob: a*b
            """
        expectNoDifference(
            try KubernetesManifest.parse(text),
            [
                [
                    "base": ["a": 1, "b": 2], "use": ["a": 1, "b": 2], "own": ["a": 1, "b": 3], "star": "*b",
                    "glob": "a*b",
                ]
            ]
        )
    }

    @Test(arguments: [
        ("a: 1\nb: [1, 2\n", "f:3:1: YAML syntax"), ("a: 1\na: 2\n", "duplicate key \"a\""), ("a: *x\n", "f:1:4: `*x`"),
        ("a:\n  ? [k]\n  : 1\n", "f:2:5: a key must be a string"), ("a: !!set {}\nb: !x y\n", "the tag !x"),
        ("kind: x\n\tb: 1\n", "f:2:1: YAML syntax"),
    ])
    func errorsSayWhere(_ text: String, _ expected: String) {
        let error = #expect(throws: ManifestError.self) { try KubernetesManifest.parse(text, file: "f") }
        #expect("\(String(describing: error))".contains(expected) || error?.description.contains(expected) == true)
    }

    @Test func aPrivateUseCharacterIsNotTakenForAnAlias() throws {
        expectNoDifference(
            try KubernetesManifest.parse(#"{a: "\uE000", b: "\U0000e001*", c: "*", d: &x 1, e: *x}"#),
            [["a": "\u{E000}", "b": "\u{E001}*", "c": "*", "d": 1, "e": 1]]
        )
    }

    @Test func bombsAndDepthsAreRefusedQuickly() {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...12 {
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(throws: ManifestError.self) { try KubernetesManifest.parse(bomb) }
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(throws: ManifestError.self) { try KubernetesManifest.parse("a: \(deep)") }
        #expect(throws: ManifestError.self) {
            try KubernetesManifest.parse(String(repeating: "#", count: KubernetesManifest.sizeLimit + 1))
        }
    }

    @Test func objectsAreWrittenCleanly() {
        let value: JSONValue = [
            "kind": "ConfigMap", "metadata": ["name": "x", "labels": [:], "annotations": ["a.b/c": "true"]],
            "data": ["script": "#!/bin/sh\necho 1\n\nexit\n", "last": "a\nb", "n": "1", "v": "1.2.3", "empty": ""],
            "list": [["name": "a", "args": ["--x", "y: z"]], [1, [2.5, nil]], []], "on": true,
        ]
        expectNoDifference(
            KubernetesManifest.yamlText(value),
            """
            data:
              empty: ''
              last: |-
                a
                b
              'n': '1'
              script: |
                #!/bin/sh
                echo 1

                exit
              v: 1.2.3
            kind: ConfigMap
            list:
            - args:
              - '--x'
              - 'y: z'
              name: a
            - - 1
              - - 2.5
                - null
            - []
            metadata:
              annotations:
                a.b/c: 'true'
              labels: {}
              name: x
            'on': true

            """
        )
    }

    @Test(arguments: [
        "", " ", "a", "a ", " a", "a: b", "a #b", "#a", "- a", "-", "--- a", "null", "~", "yes", "NO", "1", "1.0",
        "0x10", "0o7",
        ".5", "+1", "1e3", "2024-01-01", "2024-01-01T00:00:00Z", "12:30:45", "a\nb", "a\nb\n", "a\n\n", "\na", "\n",
        " a\nb", "a\n b",
        "a \nb", "a\r\nb", "a\tb", "'", "\"", "'a\"", "it's", "*a", "&a", "!a", "@a", "`a", "%a", "{a", "[a", "|", ">",
        "?", "? a",
        "a:", ":a", "é", "\u{1F600}", "\u{7f}", "\u{85}", "\u{2028}", "\u{0}", "\u{1b}", "\\n", "<<", "=", "a,b",
        "\u{e000}*",
        "a\nb: *c\n", "a\u{7f}\nb",
    ])
    func everyTextReadsBackAsItself(_ text: String) throws {
        let value: JSONValue = .object(["value": .string(text), text: ["k", .string(text)]])
        expectNoDifference(try KubernetesManifest.parse("# c\n" + KubernetesManifest.yamlText(value)), [value])
        expectNoDifference(
            try KubernetesManifest.parse("# c\n" + KubernetesManifest.yamlText(.string(text))),
            [.string(text)]
        )
    }

    @Test(
        arguments: [.number(1e30), .number(-0.5), .integer(.min), .integer(.max), .number(1e-7), [], [:]] as [JSONValue]
    )
    func everyOtherValueReadsBackAsItself(_ value: JSONValue) throws {
        expectNoDifference(try KubernetesManifest.parse(KubernetesManifest.yamlText(["v": value])), [["v": value]])
    }
}
