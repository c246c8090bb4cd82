import CustomDump
import DNSWire
import Testing

@Suite struct DNSMessageTests {
    static func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

    static func everyRecord() throws -> DNSMessage {
        var message = DNSMessage(id: 0xBEEF)
        message.isResponse = true
        message.isAuthoritative = true
        message.isRecursionDesired = true
        message.responseCode = DNSResponseCode(rawValue: 0x123)
        let web = try name("web.default.svc.cluster.local")
        let zone = try name("cluster.local")
        message.questions = [DNSQuestion(web, .any)]
        message.answers = [
            DNSRecord(web, timeToLive: 5, .a(0x0A60_0001)),
            DNSRecord(web, timeToLive: 5, .aaaa(Array(0..<16))),
            DNSRecord(web, timeToLive: 5, .cname(try name("example.org"))),
            DNSRecord(
                try name("_http._tcp.web.default.svc.cluster.local"),
                timeToLive: 5,
                .srv(priority: 0, weight: 100, port: 80, target: web)
            ),
            DNSRecord(web, timeToLive: 5, .txt([Array("a=b".utf8), []])),
            DNSRecord(web, timeToLive: 5, .ptr(web)),
            DNSRecord(web, timeToLive: 5, .opaque(DNSRecordType(rawValue: 65), [0, 1, 0])),
        ]
        message.authorities = [
            DNSRecord(zone, timeToLive: 30, .ns(try name("ns.dns.cluster.local"))),
            DNSRecord(
                zone,
                timeToLive: 30,
                .soa(
                    DNSStartOfAuthority(
                        primary: zone,
                        responsible: web,
                        serial: 1,
                        refresh: 2,
                        retry: 3,
                        expire: 4,
                        minimum: 5
                    )
                )
            ),
        ]
        message.additionals = [DNSRecord(web, timeToLive: 5, .a(0x0A60_0001))]
        message.edns = EDNS(payloadSize: 1232, wantsSignatures: true, options: [0, 10, 0, 1, 7])
        return message
    }

    @Test func everyRecordTypeSurvivesTheWire() throws {
        let message = try Self.everyRecord()
        let bytes = try message.encoded()
        expectNoDifference(try DNSMessage(decoding: bytes), message)
    }

    @Test func namesAreCompressedOnWriting() throws {
        var message = DNSMessage(id: 1)
        let web = try Self.name("web.default.svc.cluster.local")
        message.questions = [DNSQuestion(web, .a)]
        let question = try message.encoded().count
        message.answers = [DNSRecord(try Self.name("WEB.default.svc.cluster.local"), timeToLive: 5, .a(1))]
        #expect(try message.encoded().count - question == 2 + 10 + 4)
    }

    @Test func aQueryOfDigIsRead() throws {
        let bytes: [UInt8] = [
            0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1,
            3, 0x57, 0x77, 0x77, 2, 0x6F, 0x6B, 0, 0, 28, 0, 1,
            0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0,
        ]
        let message = try DNSMessage(decoding: bytes)
        #expect(message.id == 0x1234)
        #expect(message.isRecursionDesired)
        #expect(message.isAuthenticData)
        #expect(message.questions == [DNSQuestion(try Self.name("www.ok"), .aaaa)])
        #expect(message.questions[0].name.description == "Www.ok.")
        #expect(message.edns == EDNS(payloadSize: 4096))
        #expect(message.responseLimit() == 1232)
        #expect(try message.encoded() == bytes)
    }

    @Test func whatDoesNotFitIsLeftOutAndTold() throws {
        var message = DNSMessage(id: 1)
        message.isResponse = true
        let name = try Self.name("many.example")
        message.questions = [DNSQuestion(name, .a)]
        message.answers = (0..<100).map { DNSRecord(name, timeToLive: 5, .a($0)) }
        message.edns = EDNS(payloadSize: 1232)
        let bytes = try message.encoded(limit: 512)
        #expect(bytes.count <= 512)
        let read = try DNSMessage(decoding: bytes)
        #expect(read.isTruncated)
        #expect(read.answers == Array(message.answers.prefix(read.answers.count)))
        #expect(read.answers.count == (512 - 11 - 12 - 18) / 16)
        #expect(read.edns != nil)
        #expect(try DNSMessage(decoding: message.encoded()).isTruncated == false)
    }

    @Test func aLeftOutAdditionalIsNoTruncation() throws {
        var message = DNSMessage(id: 1)
        let name = try Self.name("many.example")
        message.additionals = (0..<100).map { DNSRecord(name, timeToLive: 5, .a($0)) }
        #expect(try DNSMessage(decoding: message.encoded(limit: 512)).isTruncated == false)
    }

    static let header: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    @Test(
        arguments: [
            ([], DNSDecodingError.truncated),
            ([1, 0x61], .truncated),
            ([63, 0x61], .truncated),
            ([0xC0], .truncated),
            // A pointer at itself, forward, and in a circle.
            ([0xC0, 12, 0, 1, 0, 1], .invalidLabel),
            ([0xC0, 200, 0, 1, 0, 1], .invalidLabel),
            ([1, 0x61, 0xC0, 12, 0, 1, 0, 1], .invalidLabel),
            ([0x40, 0, 1, 0, 1], .invalidLabel),
            ([0, 0, 1, 0], .truncated),
            ([0, 0, 1, 0, 1, 9], .trailingBytes),
            (Array(repeating: [3, 0x61, 0x61, 0x61], count: 64).flatMap(\.self) + [0, 0, 1, 0, 1], .nameTooLong),
        ] as [([UInt8], DNSDecodingError)]
    )
    func brokenQuestionsAreRefused(question: [UInt8], error: DNSDecodingError) {
        #expect(throws: error) { try DNSMessage(decoding: Self.header + question) }
    }

    @Test func noBytesTrap() throws {
        var random = SplitMix(state: 42)
        let seeds = [try Self.everyRecord().encoded(), Self.header + [1, 0x61, 0, 0, 1, 0, 1]]
        for round in 0..<20_000 {
            var bytes: [UInt8]
            if round % 4 == 0 {
                bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in .random(in: 0...255, using: &random) }
            } else {
                bytes = seeds[round % 2]
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                if round % 3 == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            }
            _ = DNSMessage.header(ofBroken: bytes)
            guard let message = try? DNSMessage(decoding: bytes) else { continue }
            let again = try message.encoded()
            #expect(try DNSMessage(decoding: again) == message)
            #expect(try message.encoded(limit: 0).count <= again.count)
        }
    }
}

@Suite struct DomainNameTests {
    @Test func caseIsNoDifferenceButIsKept() throws {
        let name = try #require(DomainName("Web.Default.SVC"))
        #expect(name == DomainName("web.default.svc."))
        #expect(Set([name]).contains(try #require(DomainName("WEB.DEFAULT.svc"))))
        #expect(name.description == "Web.Default.SVC.")
        #expect(name.lowercasedLabels == ["web", "default", "svc"])
    }

    @Test(arguments: ["", "a..b", ".a", String(repeating: "a", count: 64), String(repeating: "a.", count: 128)])
    func namesThatCannotBe(text: String) {
        #expect(DomainName(text) == nil)
    }

    @Test func withinItsZone() throws {
        let zone = try #require(DomainName("Cluster.local"))
        #expect(try #require(DomainName("a.cluster.LOCAL")).isWithin(zone))
        #expect(zone.isWithin(zone))
        #expect(zone.isWithin(.root))
        #expect(try !#require(DomainName("acluster.local")).isWithin(zone))
        #expect(try !#require(DomainName("local")).isWithin(zone))
    }
}

/// The same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
