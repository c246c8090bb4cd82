import CustomDump
import HTTPWire
import NIOCore
import Testing

@Suite struct HeaderBlockTests {
    static func block() -> HeaderBlock {
        var block = HeaderBlock()
        block.add(HeaderName("X-One"), "1")
        block.add(.cookie, "a=b")
        block.add(HeaderName("x-one"), "2")
        block.add(.userAgent, "me")
        return block
    }

    static func lines(_ block: HeaderBlock) -> [String] { block.lines.map { "\($0.name): \($0.value)" } }

    @Test func namesAreFoundWithoutCase() {
        let block = Self.block()
        #expect(block.value(of: HeaderName("X-ONE")).map(block.string) == "1")
        #expect(block.string(of: .cookie) == "a=b")
        #expect(!block.isPresent(.date))
        #expect(!block.isPresent(HeaderName("x-two")))
        #expect(block.count == 4)
    }

    @Test func severalValuesAreLookedAtOneByOne() {
        let block = Self.block()
        func has(_ name: HeaderName, _ value: String) -> Bool? {
            block.hasValue(of: name) { $0.elementsEqual(value.utf8) }
        }
        #expect(has(HeaderName("x-one"), "1") == true)
        #expect(has(HeaderName("x-one"), "2") == true)
        #expect(has(HeaderName("x-one"), "1,2") == false)
        #expect(has(HeaderName(.userAgent), "me") == true)
        #expect(has(HeaderName("none"), "") == nil)
    }

    @Test func setReplacesTheFirstLineAndDropsTheRest() {
        var block = Self.block()
        block.set(HeaderName("x-one"), "3")
        block.set(.cookie, "c=d")
        block.set(.via, "new")
        expectNoDifference(Self.lines(block), ["x-one: 3", "cookie: c=d", "user-agent: me", "via: new"])
    }

    @Test func removeTakesEveryLine() {
        var block = Self.block()
        block.remove(HeaderName("x-one"))
        let removed = block.remove(.cookie)
        #expect(removed)
        let again = block.remove(.cookie)
        #expect(!again)
        block.remove(at: 99)
        expectNoDifference(Self.lines(block), ["user-agent: me"])
        block.add(.cookie, "again")
        #expect(block.string(of: .cookie) == "again")
    }

    @Test func appendExtendsTheFirstValueOrAddsTheHeader() {
        var block = HeaderBlock()
        block.append(to: .xForwardedFor, ContiguousArray("10.0.0.1".utf8))
        block.append(to: .xForwardedFor, ContiguousArray("127.0.0.1".utf8))
        block.append(to: HeaderName("x-list"), ContiguousArray("a".utf8))
        block.append(to: HeaderName("x-list"), ContiguousArray("b".utf8), separator: ", ")
        expectNoDifference(Self.lines(block), ["x-forwarded-for: 10.0.0.1,127.0.0.1", "x-list: a, b"])
    }

    @Test(arguments: [(0, "0"), (7, "7"), (18_446_744_073_709_551_615, "18446744073709551615")] as [(UInt64, String)])
    func numbersAreWrittenInDecimal(_ number: UInt64, _ text: String) {
        var block = HeaderBlock()
        block.set(.xEnvoyUpstreamServiceTime, number)
        #expect(block.string(of: .xEnvoyUpstreamServiceTime) == text)
    }

    @Test func aValueCanBeCopiedFromTheSameBlock() throws {
        var head = try #require(Wire.head("GET /a?b HTTP/1.1\r\nhost: h\r\n\r\n"))
        let old = try #require(head.path)
        head.headers.set(.xEnvoyOriginalPath, copying: old)
        head.setPath(ContiguousArray("/new".utf8))
        #expect(head.headers.string(of: .xEnvoyOriginalPath) == "/a?b")
        #expect(head.path.map(head.headers.string) == "/new")
    }

    @Test func aCopyIsASnapshot() {
        var block = Self.block()
        let before = block
        block.removeAll()
        #expect(block.isEmpty)
        #expect(before.count == 4)
    }

    @Test func aRangeOfAnotherBlockReadsAsEmpty() {
        #expect(HeaderBlock().string(ByteRange(offset: 5, length: 9)) == "")
        #expect(HeaderBlock().string(ByteRange(offset: .max, length: .max)) == "")
    }

    @Test func everyLineIsVisitedInOrder() {
        var names: [String] = []
        Self.block().forEach { name, _, _ in names.append(String(decoding: name, as: UTF8.self)) }
        expectNoDifference(names, ["x-one", "cookie", "x-one", "user-agent"])
    }

    @Test func hopByHopFieldsGoWithWhatTheyNominate() throws {
        var head = try #require(
            Wire.head(
                """
                GET / HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive, X-Secret, host, cookie, content-length\r
                Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nTE: trailers, gzip\r
                X-Secret: s\r\nX-Kept: k\r\nCookie: a=b\r\nContent-Length: 0\r\n\r\n
                """
            )
        )
        head.headers.removeHopByHop()
        expectNoDifference(
            Self.lines(head.headers),
            ["host: h", "te: trailers", "x-kept: k", "content-length: 0"]
        )
    }

    @Test func teWithoutTrailersGoes() throws {
        var head = try #require(Wire.head("GET / HTTP/1.1\r\nHost: h\r\nTE: gzip\r\n\r\n"))
        head.headers.removeHopByHop()
        expectNoDifference(Self.lines(head.headers), ["host: h"])
    }
}
