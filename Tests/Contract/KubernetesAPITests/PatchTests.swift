import CustomDump
import KubernetesAPI
import Testing

@Suite struct PatchTests {
    /// RFC 6902 appendix A, and RFC 6901's escapes.
    @Test(arguments: [
        (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
        (#"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#, #"{"foo":["bar","qux","baz"]}"#),
        (#"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
        (#"{"foo":["a","b","c"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["a","c"]}"#),
        (#"{"baz":"qux"}"#, #"[{"op":"replace","path":"/baz","value":null}]"#, #"{"baz":null}"#),
        (
            #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{}}"#,
            #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#, #"{"foo":{"bar":"baz"},"qux":{"thud":"fred"}}"#
        ),
        (#"{"foo":[1,2,3]}"#, #"[{"op":"move","from":"/foo/0","path":"/foo/2"}]"#, #"{"foo":[2,3,1]}"#),
        (#"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#, #"{"a":{"b":1},"c":{"b":1}}"#),
        (
            #"{"a":[1]}"#, #"[{"op":"test","path":"/a/0","value":1.0},{"op":"add","path":"/a/-","value":[2]}]"#,
            #"{"a":[1,[2]]}"#
        ),
        (
            #"{"a/b":1,"m~n":2}"#, #"[{"op":"test","path":"/m~0n","value":2},{"op":"remove","path":"/a~1b"}]"#,
            #"{"m~n":2}"#
        ),
        (#"{"a":1}"#, #"[{"op":"replace","path":"","value":{"b":2}}]"#, #"{"b":2}"#),
    ])
    func jsonPatchesAreApplied(_ live: String, _ patch: String, _ expected: String) throws {
        let result = try JSONPatch(JSONValue(json: patch)).apply(to: JSONValue(json: live))
        expectNoDifference(result.jsonText, expected)
    }

    @Test(arguments: [
        (#"[{"op":"remove","path":"/x"}]"#, StatusError.Reason.invalid),
        (#"[{"op":"replace","path":"/x","value":1}]"#, .invalid),
        (#"[{"op":"add","path":"/x/y","value":1}]"#, .invalid),
        (#"[{"op":"add","path":"/list/3","value":1}]"#, .invalid),
        (#"[{"op":"add","path":"/list/01","value":1}]"#, .invalid),
        (#"[{"op":"remove","path":"/list/-"}]"#, .invalid),
        (#"[{"op":"test","path":"/a","value":2}]"#, .invalid),
        (#"[{"op":"move","from":"/o","path":"/o/p"}]"#, .invalid),
        (#"[{"op":"add","path":"a","value":1}]"#, .badRequest),
        (#"[{"op":"add","path":"/a"}]"#, .badRequest),
        (#"[{"op":"jump","path":"/a"}]"#, .badRequest),
        (#"{"op":"remove","path":"/a"}"#, .badRequest),
    ])
    func jsonPatchesThatCannotBeDoneAreRefused(_ patch: String, _ reason: StatusError.Reason) throws {
        let live: JSONValue = ["a": 1, "list": [1, 2], "o": ["q": 1]]
        let patch = try JSONValue(json: patch)
        let error = #expect(throws: StatusError.self) { try JSONPatch(patch).apply(to: live) }
        #expect(error?.reason == reason)
    }

    @Test(arguments: [
        ("{}", "{}"), (#"{"a":1}"#, #"{"b":[1,2]}"#), ("[1,2,3,4]", "[1,4]"), ("[1,4]", "[1,2,3,4]"),
        (#"{"a":[{"n":"x","v":1},{"n":"y"}]}"#, #"{"a":[{"n":"x","v":2},{"n":"z"},{"n":"y"}]}"#),
        ("[1,2,3]", "[3,2,1,0]"), (#"{"a/~":{"b":null}}"#, #"{"a/~":{"b":{}}}"#), ("1", "[1]"), ("[]", "[[]]"),
    ])
    func aDifferenceAppliedGivesTheNewValue(_ old: String, _ new: String) throws {
        let (old, new) = (try JSONValue(json: old), try JSONValue(json: new))
        let patch = JSONPatch.diff(from: old, to: new)
        expectNoDifference(try patch.apply(to: old), new)
        expectNoDifference(try JSONPatch(patch.json), patch)
        #expect(JSONPatch.diff(from: new, to: new).operations.isEmpty)
    }

    /// RFC 7386 appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#), (#"["a"]"#, #"["c"]"#, #"["c"]"#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#), (#"{"a":"foo"}"#, "null", "null"),
    ])
    func mergePatchesAreApplied(_ live: String, _ patch: String, _ expected: String) throws {
        expectNoDifference(
            MergePatch.apply(try JSONValue(json: patch), to: try JSONValue(json: live)).jsonText,
            expected
        )
    }

    @Test func aMergeDifferenceAppliedGivesTheNewValue() throws {
        let old: JSONValue = ["a": ["b": 1, "c": 2], "l": [1], "x": "y"]
        let new: JSONValue = ["a": ["b": 1, "d": 3], "l": [2], "n": ["o": [:]]]
        let patch = MergePatch.diff(from: old, to: new)
        expectNoDifference(patch, ["a": ["c": nil, "d": 3], "l": [2], "n": ["o": [:]], "x": nil])
        expectNoDifference(MergePatch.apply(patch, to: old), new)
    }
}
