import MeshConfig
import SecurityTags
import Testing

@Suite(.tags(.sec30)) struct HostileInputTests {
    static let good = "apiVersion: v1\nkind: Namespace\nmetadata: {name: good}\n"

    @Test(arguments: [
        String(repeating: "[", count: 10_000),
        String(repeating: "{a: ", count: 10_000),
        "a: " + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000),
        String(repeating: "- ", count: 10_000) + "x",
        String(repeating: "? ", count: 10_000) + "x",
        (0..<2_000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
    ])
    func deepNestingIsRefused(document: String) {
        let file = decoded(document + "\n---\n" + Self.good)
        #expect(file.objects.map(\.key.name) == ["good"])
        #expect(file.diagnostics.count == 1)
        #expect(file.diagnostics.first?.message.contains("nested deeper than 64 levels") == true)
    }

    @Test func nestingBeyondOurOwnLimitIsRefused() {
        let document = "a: " + String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(diagnostics(document) == ["f.yaml:1:67: error: nested deeper than 64 levels"])
    }

    @Test func aliasBombIsRefusedQuickly() {
        var lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
        for level in 1...20 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        lines.append("? *a20\n: as a key")
        let file = decoded(lines.joined(separator: "\n") + "\n---\n" + Self.good)
        #expect(file.diagnostics.map(\.message) == ["aliases expand to more than 10000 nodes"])
        #expect(file.objects.count == 1)
    }

    @Test func anEscapedPrivateUseCharacterStaysItself() {
        let file = decoded(
            #"""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: shop
              annotations: {a: "\ue000x", b: "*"}
            """#
        )
        guard case .namespace(let namespace)? = file.objects.first else {
            Issue.record("no Namespace")
            return
        }
        #expect(namespace.metadata.annotations == ["a": "\u{E000}x", "b": "*"])
    }

    @Test func aliasesAndMergeKeysWithinTheLimitWork() {
        let file = decoded(
            """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata:
              name: reviews
              labels: &labels {app: reviews, team: a}
            spec:
              host: reviews
              subsets:
              - {name: v1, labels: {<<: *labels, version: v1}}
              - {name: v2, labels: *labels}
            """
        )
        #expect(file.diagnostics == [])
        guard case .destinationRule(let rule)? = file.objects.first else {
            Issue.record("no DestinationRule")
            return
        }
        #expect(rule.spec.subsets.first?.labels == ["app": "reviews", "team": "a", "version": "v1"])
        #expect(rule.spec.subsets.last?.labels == ["app": "reviews", "team": "a"])
    }

    @Test func unquotedWildcardIsExplained() {
        let file = decoded("hosts:\n- *.example.com\n")
        #expect(
            file.diagnostics.map(\.description) == [
                "f.yaml:2:3: error: `*.example.com` is an alias, and no anchor `&.example.com` precedes it; "
                    + "quote it to mean the text"
            ]
        )
    }

    @Test func selfReferenceIsRefused() {
        #expect(decoded("a: &a [*a]\n").diagnostics.count == 1)
    }

    @Test func largeFileIsRefused() {
        let file = ObjectDecoder.decode([UInt8](repeating: 0x20, count: 9 << 20), file: "f.yaml")
        #expect(
            file.diagnostics.map(\.description) == [
                "f.yaml:1:1: error: the file has 9437184 bytes; at most 8388608 are read"
            ]
        )
    }

    @Test(arguments: [
        "a: [" + String(repeating: "a,", count: 700_000) + "]",
        String(repeating: String(repeating: "- ", count: 100) + "\n", count: 7_000),
    ])
    func fileOfTooManyNodesIsRefusedBeforeItIsParsed(text: String) {
        let found = diagnostics(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("f.yaml:1:1: error: the file has 70") == true)
        #expect(found.first?.hasSuffix("at most 600000 are read") == true)
    }

    @Test func faultsOfOneDocumentAreCapped() {
        let fields = (0..<5_000).map { "k\($0): 1" }.joined(separator: ", ")
        let file = decoded("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {\(fields)}\n")
        #expect(file.diagnostics.count == 100)
        #expect(file.objects == [])
    }

    @Test(arguments: [
        (Array("a: b\nc: \0".utf8), "f.yaml:2:4: error: NUL byte; configuration is UTF-8 text"),
        ([0x61, 0x0A, 0xC3, 0xA9, 0xFF, 0x61], "f.yaml:2:2: error: invalid UTF-8; configuration is UTF-8 text"),
        ([0xFF, 0xFE, 0x61, 0x00], "f.yaml:1:1: error: the file is UTF-16; save it as UTF-8"),
    ])
    func bytesThatAreNotTextAreRefused(bytes: [UInt8], message: String) {
        #expect(ObjectDecoder.decode(bytes, file: "f.yaml").diagnostics.map(\.description) == [message])
    }

    @Test func controlCharacterIsRefusedWithItsPlace() {
        let found = diagnostics("a: b\nc: \u{1}\n")
        #expect(found == ["f.yaml:2:4: error: YAML syntax: control characters are not allowed (U+1)"])
    }

    @Test func byteOrderMarkAndCarriageReturnsAreRead() {
        let file = decoded("\u{FEFF}" + Self.good.replacing("\n", with: "\r\n") + "---\r\n" + Self.good)
        #expect(file.objects.count == 2)
        #expect(file.objects.last?.metadata.source == SourceLocation(file: "f.yaml", line: 5, column: 1))
    }

    @Test func tabsAsIndentationAreRefusedWithTheirPlace() {
        #expect(diagnostics("a:\n\tb: c\n").first?.hasPrefix("f.yaml:2:1: error: YAML syntax:") == true)
    }

    @Test(arguments: ["", "\n\n", "---\n---\n", "# only a comment\n", "--- \n...\n---\n", "~", "null\n"])
    func emptyDocumentsAreNothing(yaml: String) {
        let file = decoded(yaml)
        #expect(file.diagnostics == [])
        #expect(file.objects == [])
    }

    @Test func brokenDocumentLosesOnlyItself() {
        let file = decoded(Self.good + "---\na: [1\n---\n" + Self.good.replacing("good", with: "other"))
        #expect(file.objects.map(\.key.name) == ["good", "other"])
        #expect(file.diagnostics.count == 1)
        #expect(file.diagnostics.first?.location.line == 6)
        #expect(file.hasUnreadableDocuments)
        #expect(file.objects.last?.metadata.source?.line == 7)
    }

    @Test func indentedDashesInABlockScalarDoNotSplit() {
        let file = decoded(
            """
            %YAML 1.1
            ---
            apiVersion: v1
            kind: Namespace
            metadata:
              name: good
              annotations:
                text: |
                  ---
                  more
            """
        )
        #expect(file.diagnostics == [])
        #expect(file.objects.first?.metadata.annotations == ["text": "---\nmore"])
    }

    @Test func duplicateKeyIsRefused() {
        let found = diagnostics("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, name: b}\n")
        #expect(found.count == 1)
        #expect(found.first?.contains("duplicate key \"name\"") == true)
    }
}
