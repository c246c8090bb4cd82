import KubernetesAPI
import Testing

@testable import KubernetesClient

/// Pages that come through `portforward`.
@Suite struct ForwardedPageTests {
    private func page(_ text: String, isWhole: Bool = false) throws -> ForwardedPage? {
        try ForwardedPage(Array(text.utf8), isWhole: isWhole)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello and more",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\n\r\n",
    ])
    func anAnswerIsReadWhenItIsWhole(text: String) throws {
        let page = try #require(try page(text))
        #expect(page.status == 200 && String(decoding: page.body, as: UTF8.self) == "hello")
    }

    @Test func withoutALengthTheEndOfTheConnectionEndsIt() throws {
        let text = "HTTP/1.0 404 Not Found\r\n\r\nno"
        #expect(try page(text) == nil)
        #expect(try page(text, isWhole: true)?.status == 404)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
    ])
    func whatIsMissingIsWaitedFor(text: String) throws {
        #expect(try page(text) == nil)
    }

    @Test(arguments: [
        "SSH-2.0\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\n",
    ])
    func whatIsNoHTTPIsRefused(text: String) {
        #expect(throws: StatusError.self) { try page(text, isWhole: true) }
    }

    @Test func channelsBeginWithThePortsNumber() throws {
        var bytes = ForwardedBytes(limit: 10)
        try bytes.take([0, 0x50])
        try bytes.take([0, 0x00])
        try bytes.take([1, 0x50, 0x00])
        try bytes.take([0] + Array("hello".utf8))
        try bytes.take([7, 1, 2, 3])
        try bytes.take([] as [UInt8])
        #expect(String(decoding: bytes.data, as: UTF8.self) == "hello" && bytes.failure.isEmpty)
        try bytes.take([1] + Array("gone".utf8))
        #expect(bytes.failure == "gone")
        #expect(throws: StatusError.self) { try bytes.take([0, 1, 2, 3]) }
    }
}
