import CustomDump
import MeshTelemetry
import NIOCore
import SecurityTags
import Testing

/// A finished request with fixed answers.
struct FixedRecord: AccessLogRecord {
    var startTimeMilliseconds: Int64 = 1_700_000_000_123
    var flags: ResponseFlags = .none
    var request: [String: String] = [":method": "GET", ":path": "/p", ":authority": "h", "user-agent": "curl"]

    func writeRequestHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool {
        guard let value = request[name] else { return false }
        buffer.writeString(value)
        return true
    }

    func writeResponseHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool {
        guard name == "x-envoy-upstream-service-time" else { return false }
        buffer.writeString("4")
        return true
    }

    func writeResponseTrailer(_ name: String, into buffer: inout ByteBuffer) -> Bool { false }

    func writeMetadata(_ path: [ContiguousArray<UInt8>], asJSON: Bool, into buffer: inout ByteBuffer) -> Bool {
        guard path == [ContiguousArray("Name.space".utf8), ContiguousArray("Key".utf8)] else { return false }
        buffer.writeString(asJSON ? "{\"a\":1}" : "tex\"t")
        return true
    }

    func number(_ field: AccessLogOperator) -> UInt64? {
        switch field {
        case .responseCode: 200
        case .bytesSent: 12
        case .bytesReceived: 0
        case .duration: 5
        default: nil
        }
    }

    func writeText(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool {
        switch field {
        case .protocol: buffer.writeString("HTTP/1.1")
        case .responseCodeDetails: buffer.writeString("via_upstream")
        case .upstreamHost: buffer.writeString("10.0.0.2:9080")
        case .upstreamClusterRaw: buffer.writeString("outbound|9080||reviews.default.svc.cluster.local")
        case .downstreamRemoteAddress: buffer.writeString("10.0.0.1:5000")
        case .routeName: buffer.writeString("default")
        default: return false
        }
        return true
    }
}

@Suite struct AccessLogFormatTests {
    static func render(_ format: AccessLogFormat, _ record: FixedRecord = FixedRecord()) -> String {
        var buffer = ByteBuffer()
        format.render(record, into: &buffer)
        return String(buffer: buffer)
    }

    @Test func istiosDefaultLine() throws {
        expectNoDifference(
            Self.render(try AccessLogFormat(text: AccessLogFormat.istioText)),
            "[2023-11-14T22:13:20.123Z] \"GET /p HTTP/1.1\" 200 - via_upstream - \"-\" 0 12 5 4 \"-\" \"curl\" \"-\" \"h\" "
                + "\"10.0.0.2:9080\" outbound|9080||reviews.default.svc.cluster.local - - 10.0.0.1:5000 - default\n"
        )
    }

    @Test func istiosDefaultObject() throws {
        let line = Self.render(try AccessLogFormat(json: AccessLogFormat.istioJSON))
        #expect(line.hasPrefix("{\"authority\":\"h\",\"bytes_received\":0,\"bytes_sent\":12,\"connection_termination"))
        #expect(line.contains("\"connection_termination_details\":null,"))
        #expect(line.contains("\"upstream_service_time\":\"4\","))
        #expect(line.hasSuffix("\"user_agent\":\"curl\",\"x_forwarded_for\":null}\n"))
    }

    @Test(
        arguments: [
            ("%REQ(X?USER-AGENT)%", "curl"), ("%REQ(USER-AGENT):2%", "cu"), ("100%% %REQ(NONE)%", "100% -"), ("", ""),
            ("%RESPONSE_FLAGS%", "UH"), ("%TRAILER(GRPC-STATUS)%", "-"), ("%REQ(q)%", "a\"b\\n"),
            ("%DYNAMIC_METADATA(Name.space:Key)% %DYNAMIC_METADATA(Name.space:Key):3%", "tex\"t tex"),
            ("%DYNAMIC_METADATA(name.space:Key)%", "-"),
        ]
    )
    func operatorsAreSubstituted(_ format: String, _ text: String) throws {
        var record = FixedRecord(flags: .noHealthyUpstream)
        record.request["q"] = "a\"b" + (format.contains("q") ? "\\n" : "")
        expectNoDifference(Self.render(try AccessLogFormat(text: format), record), text)
    }

    @Test(.tags(.sec20)) func jsonStringsAreEscaped() throws {
        var record = FixedRecord()
        record.request["q"] = "a\"\\\u{1}é"
        let format = try AccessLogFormat(json: [("k\"", "%REQ(q)%"), ("mixed", "<%REQ(q)%|%REQ(no)%>")])
        expectNoDifference(
            Self.render(format, record),
            "{\"k\\\"\":\"a\\\"\\\\\\u0001é\",\"mixed\":\"<a\\\"\\\\\\u0001é|->\"}\n"
        )
    }

    @Test(.tags(.sec20)) func textLinesCannotBeBroken() throws {
        var record = FixedRecord()
        record.request["q"] = "a\nb"
        #expect(Self.render(try AccessLogFormat(text: "%REQ(q)%\n"), record) == "a\\nb\n")
    }

    @Test(
        arguments: [
            ("%", .unbalancedPercent(offset: 0)), ("a %REQ(X)", .unbalancedPercent(offset: 2)),
            ("%NOPE%", .unknownOperator("NOPE")), ("%NOPE(x)%", .unknownOperator("NOPE")),
            ("%REQ()%", .invalidArguments("REQ()")), ("%REQ(a?b?c)%", .invalidArguments("REQ(a?b?c)")),
            ("%REQ(a):x%", .invalidArguments("REQ(a):x")), ("%REQ(a):-1%", .invalidArguments("REQ(a):-1")),
            ("%PROTOCOL(x)%", .invalidArguments("PROTOCOL(x)")),
        ] as [(String, AccessLogFormatError)]
    )
    func unsoundFormatsAreRefused(_ format: String, _ error: AccessLogFormatError) {
        #expect(throws: error) { try AccessLogFormat(text: format) }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (.max, "9999-12-31T23:59:59.999Z"), (.min, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func startTimesAreISO8601(_ time: Int64, _ text: String) throws {
        let record = FixedRecord(startTimeMilliseconds: time)
        #expect(Self.render(try AccessLogFormat(text: "%START_TIME%"), record) == text)
    }
}
