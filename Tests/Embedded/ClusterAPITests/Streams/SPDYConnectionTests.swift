import Testing

@testable import ClusterAPI

@Suite struct SPDYConnectionTests {
    /// The client's side: writes frames with a compression of its own.
    struct Client: ~Copyable {
        var deflation = SPDYDeflation()

        mutating func open(_ stream: SPDYStreamID, _ headers: [String: String], flags: UInt8 = 0) -> [UInt8] {
            let head = SPDYFrame.bytes(stream) + SPDYFrame.bytes(0) + [0, 0]
            return SPDYFrame.control(.synStream, flags: flags, head + deflation.deflate(SPDYHeaderBlock(headers).bytes))
        }
    }

    static func reset(_ stream: SPDYStreamID, _ status: SPDYFrame.Reset) -> [UInt8] {
        SPDYFrame.control(.rstStream, SPDYFrame.bytes(stream) + SPDYFrame.bytes(status.rawValue))
    }

    @Test func theDictionaryIsTheStandardsOne() {
        var deflation = SPDYDeflation()
        let block = deflation.deflate(SPDYHeaderBlock(["streamtype": "data"]).bytes)
        #expect(SPDYDictionary.bytes.count == 1423)
        #expect(Array(block[2..<6]) == [0xE3, 0xC6, 0xA7, 0xC2])
    }

    @Test func aStreamLivesUntilBothSidesHaveFinished() throws {
        var client = Client()
        var server = SPDYConnection()
        let headers = ["streamtype": "data", "port": "80"]
        #expect(server.receive(client.open(1, headers)) == [.opened(1, SPDYHeaderBlock(headers))])
        #expect(!server.reply(to: 1).isEmpty)
        #expect(server.receive(SPDYFrame.data(1, [1, 2])) == [.received(1, [1, 2])])
        #expect(server.data(on: 1, [3]) == SPDYFrame.data(1, [3]))
        #expect(server.receive(SPDYFrame.data(1, flags: 1, [4])) == [.received(1, [4]), .finished(1)])
        #expect(server.data(on: 1, [5], finish: true) == SPDYFrame.data(1, flags: 1, [5]))
        #expect(server.data(on: 1, [6]).isEmpty)
        #expect(server.reset(1, .cancel).isEmpty)
        // Late frames of a stream that has ended are nothing new.
        #expect(server.receive(SPDYFrame.data(1, [7]) + Self.reset(1, .cancel)).isEmpty)
    }

    @Test func answersCarryHeadersThatTheClientCanRead() throws {
        var client = Client()
        var server = SPDYConnection()
        var inflation = SPDYInflation()
        for stream in [SPDYStreamID(1), 3] {
            _ = server.receive(client.open(stream, [:]))
            let reply = server.reply(to: stream, SPDYHeaderBlock(["status": "200 OK"]))
            #expect(Array(reply.prefix(4)) == [0x80, 3, 0, 2])
            let block = try inflation.inflate(Array(reply.dropFirst(12)), limit: 1024)
            #expect(try SPDYHeaderBlock(bytes: block)["Status"] == "200 OK")
        }
    }

    @Test func bytesMayArriveInAnyPieces() {
        var client = Client()
        let conversation =
            client.open(1, ["streamtype": "error"], flags: SPDYFrame.finish) + client.open(3, ["streamtype": "data"])
            + SPDYFrame.control(.ping, SPDYFrame.bytes(7)) + SPDYFrame.control(.settings, SPDYFrame.bytes(0))
            + SPDYFrame.control(.windowUpdate, SPDYFrame.bytes(3) + SPDYFrame.bytes(100))
            + SPDYFrame.control(.goAway, SPDYFrame.bytes(0) + SPDYFrame.bytes(0)) + Self.reset(3, .cancel)
        var whole = SPDYConnection()
        var pieces = SPDYConnection()
        let expected: [SPDYAction] = [
            .opened(1, SPDYHeaderBlock(["streamtype": "error"])), .finished(1),
            .opened(3, SPDYHeaderBlock(["streamtype": "data"])),
            .send(SPDYFrame.control(.ping, SPDYFrame.bytes(7))), .goingAway, .reset(3),
        ]
        #expect(whole.receive(conversation) == expected)
        var actions: [SPDYAction] = []
        for byte in conversation { actions += pieces.receive([byte]) }
        #expect(actions == expected)
    }

    @Test func longDataIsCutIntoFrames() {
        var client = Client()
        var server = SPDYConnection()
        _ = server.receive(client.open(1, [:]))
        let payload = [UInt8](repeating: 7, count: SPDYFrame.longestPayload + 1)
        #expect(server.data(on: 1, payload, finish: true).count == payload.count + 16)
    }

    @Test func streamsBeyondTheLimitAreRefused() {
        var client = Client()
        var server = SPDYConnection()
        for index in 0..<SPDYConnection.streamLimit { _ = server.receive(client.open(UInt32(2 * index + 1), [:])) }
        let next = UInt32(2 * SPDYConnection.streamLimit + 1)
        #expect(server.receive(client.open(next, [:])) == [.send(Self.reset(next, .refusedStream))])
    }

    @Test func dataOnStreamsNeverOpenedIsRefused() {
        var server = SPDYConnection()
        #expect(server.receive(SPDYFrame.data(5, [1])) == [.send(Self.reset(5, .invalidStream))])
    }

    @Test func whatCannotBeReadEndsTheConnection() {
        func closes(_ make: (inout Client) -> [UInt8]) -> Bool {
            var client = Client()
            var server = SPDYConnection()
            let actions = server.receive(make(&client))
            guard case .close = actions.last else { return false }
            return server.receive(SPDYFrame.control(.ping, SPDYFrame.bytes(1))).isEmpty
        }
        #expect(closes { $0.open(2, [:]) })
        #expect(closes { $0.open(3, [:]) + $0.open(1, [:]) })
        #expect(closes { $0.open(1, ["a": String(repeating: "a", count: SPDYHeaderBlock.limit)]) })
        #expect(closes { _ in SPDYFrame.control(.synStream, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3]) })
        #expect(closes { _ in SPDYFrame.control(.synStream, []) })
        #expect(closes { _ in SPDYFrame.control(.ping, []) })
        #expect(closes { _ in [0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1] })
        #expect(closes { _ in [0x80, 3, 0, 1, 0, 0xFF, 0xFF, 0xFF] })
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8]) func noBytesTrap(seed: UInt64) {
        var random = SplitMix(state: seed)
        for round in 0..<400 {
            var client = Client()
            var conversation: [UInt8] = []
            for _ in 0..<8 {
                let stream = UInt32.random(in: 0...9, using: &random)
                switch Int.random(in: 0...5, using: &random) {
                case 0: conversation += client.open(stream, ["streamtype": "data", "port": "\(stream)"])
                case 1: conversation += SPDYFrame.data(stream, flags: UInt8(stream & 1), [1, 2, 3])
                case 2: conversation += Self.reset(stream, .cancel)
                case 3: conversation += SPDYFrame.control(.headers, SPDYFrame.bytes(stream) + [9, 9])
                case 4: conversation += SPDYFrame.control(.windowUpdate, SPDYFrame.bytes(stream))
                default:
                    conversation += (0..<Int.random(in: 0...24, using: &random)).map { _ in
                        .random(in: 0...255, using: &random)
                    }
                }
            }
            // Some rounds stay as they are, the others are damaged.
            for _ in 0..<(round % 4) where !conversation.isEmpty {
                let index = Int.random(in: 0..<conversation.count, using: &random)
                conversation[index] = .random(in: 0...255, using: &random)
            }
            var server = SPDYConnection()
            var rest = conversation[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...64, using: &random)
                for case .opened(let stream, _) in server.receive(Array(rest.prefix(count))) {
                    _ = server.reply(to: stream)
                    _ = server.data(on: stream, [1], finish: Bool.random(using: &random))
                }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// Numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
