import CustomDump
import KubernetesAPI
import NIOCore
import Testing

@testable import ClusterAPI

@Suite struct StreamValueTests {
    @Test func theAcceptanceOfAWebSocketIsThatOfTheStandard() {
        // RFC 6455 section 1.3.
        #expect(WebSocketHandshake.acceptance(of: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(
        arguments: [
            ([1, 2, 3], .binary, ChannelMessage(channel: 1, bytes: [2, 3])),
            ([0], .binary, ChannelMessage(channel: 0, bytes: [])),
            ([], .binary, nil),
            (Array("2aGk=".utf8), .base64, ChannelMessage(channel: 2, bytes: Array("hi".utf8))),
            (Array("x".utf8), .base64, nil),
            (Array("1!".utf8), .base64, nil),
        ] as [([UInt8], ChannelMessage.Encoding, ChannelMessage?)]
    )
    func messagesNameTheirChannel(bytes: [UInt8], encoding: ChannelMessage.Encoding, expected: ChannelMessage?) {
        #expect(ChannelMessage(ByteBuffer(bytes: bytes), encoding) == expected)
        if let expected { #expect(Array(expected.encoded(encoding).readableBytesView) == bytes) }
    }

    @Test(
        arguments: [
            (#"{"Width":80,"Height":24}"#, true), (#"{"Width":70000,"Height":24}"#, false),
            (#"{"Width":-1,"Height":1}"#, false),
            (#"{"Width":80}"#, false), ("[]", false), ("{", false), ("", false),
        ]
    )
    func sizesAreTwoNumbersOfSixteenBits(json: String, isSize: Bool) {
        #expect((TerminalSize(json: json.utf8) != nil) == isSize)
    }

    @Test(
        arguments: [
            ("ports=80", [80]), ("ports=80&ports=443", [80, 443]), ("ports=80,443", [80, 443]),
            ("ports=80%2C443", [80, 443]),
            ("", nil), ("ports=", nil), ("ports=0", nil), ("ports=65536", nil), ("ports=x", nil),
            ("ports=" + (1...128).map(String.init).joined(separator: ","), nil),
        ] as [(String, [UInt16]?)]
    )
    func portsComeInListsOrOneByOne(query: String, ports: [UInt16]?) {
        #expect((try? PortForward.ports(QueryParameters(query))) == ports)
    }

    @Test func theEndOfACommandIsWordedAsKubernetesDoes() throws {
        let status = CommandStatus(.code(3))
        expectNoDifference(
            String(decoding: try #require(CommandSubprotocol.v5.closingWords(status)), as: UTF8.self),
            #"{"details":{"causes":[{"message":"3","reason":"ExitCode"}]},"#
                + #""message":"command terminated with non-zero exit code: exit status 3","metadata":{},"#
                + #""reason":"NonZeroExitCode","status":"Failure"}"#
        )
        #expect(CommandSubprotocol.v1.closingWords(CommandStatus(.code(0))) == nil)
        #expect(CommandSubprotocol.v4.closingWords(.success) == Array(#"{"metadata":{},"status":"Success"}"#.utf8))
        let failed = CommandStatus(.failed("no such program")).json
        #expect(failed["reason"] == "InternalError")
        #expect(failed["code"] == 500)
    }

    @Test func aPipeKeepsOrderAndHoldsItsSenderBack() async {
        let pipe = BoundedPipe<[UInt8]>(bytes: 4)
        let sending = Task {
            for number in UInt8(0)..<100 { guard await pipe.send([number]) else { return false } }
            pipe.finish()
            return true
        }
        var received: [UInt8] = []
        while let bytes = await pipe.next() { received += bytes }
        #expect(received == Array(0..<100))
        #expect(await sending.value)
    }

    @Test func nobodyWaitsForAPipeThatIsOver() async {
        let full = BoundedPipe<[UInt8]>(bytes: 1)
        #expect(await full.send([1]))
        let sender = Task { await full.send([2]) }
        full.abandon()
        #expect(await sender.value == false)
        #expect(await full.next() == nil)

        let empty = BoundedPipe<[UInt8]>(bytes: 1)
        let receiver = Task { await empty.next() }
        receiver.cancel()
        #expect(await receiver.value == nil)
    }
}
