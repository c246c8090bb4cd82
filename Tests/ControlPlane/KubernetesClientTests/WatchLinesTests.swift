import KubernetesAPI
import Testing

@testable import KubernetesClient

@Suite struct WatchLinesTests {
    private static let pod = #"{"metadata":{"name":"a","resourceVersion":"7"}}"#

    @Test(arguments: 1...40)
    func eventsComeWholeHoweverTheBytesAreCut(size: Int) throws {
        let text = """
            {"type":"ADDED","object":\(Self.pod)}
            {"type":"DELETED","object":\(Self.pod)}
            {"type":"BOOKMARK","object":\(Self.pod)}

            """
        var lines = WatchLines()
        var events: [WatchEvent] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            events += try lines.take(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        let object = KubernetesObject(try JSONValue(json: Self.pod))
        #expect(events == [.added(object), .deleted(object), .bookmark(resourceVersion: "7")])
    }

    @Test func anErrorEventIsTheServersRefusal() {
        var lines = WatchLines()
        let text =
            #"{"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410,"message":"too old"}}"# + "\n"
        #expect(throws: StatusError(.expired, "too old")) { try lines.take(text.utf8) }
    }

    @Test(arguments: ["nonsense\n", "{}\n", "{\"type\":\"NEW\"}\n", "\u{0}\n"])
    func whatIsNoEventIsAnError(text: String) {
        var lines = WatchLines()
        #expect(throws: StatusError.self) { try lines.take(text.utf8) }
    }
}
