/// What the `connection` field says (RFC 9110 section 7.6.1), read in one pass.
struct ConnectionOptions: OptionSet {
    let rawValue: UInt8

    static let close = ConnectionOptions(rawValue: 1)
    static let keepAlive = ConnectionOptions(rawValue: 2)
    static let upgrade = ConnectionOptions(rawValue: 4)
    /// Names some other field, which ends at this hop.
    static let nominates = ConnectionOptions(rawValue: 8)
    /// Asks the proxy to drop the fields that say on whose behalf it asks; Envoy refuses the request.
    static let nominatesProtected = ConnectionOptions(rawValue: 16)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The options of all `connection` lines of a block.
    init(_ headers: borrowing HeaderBlock) {
        var options: ConnectionOptions = []
        var start = 0
        while headers.mayContain(.connection), let index = headers.index(of: .connection, from: start) {
            options.formUnion(headers.withBytes(headers.fields[index].valueRange) { ConnectionOptions(list: $0) })
            start = index &+ 1
        }
        self = options
    }

    /// The options of one value.
    init(list value: UnsafeRawBufferPointer) {
        // One lone option is nearly all there ever is.
        var options = Self.option(value)
        if options == .nominates {
            options = []
            for element in ListElements(value) { options.formUnion(Self.option(element)) }
        }
        self = options
    }

    private static func option(_ element: UnsafeRawBufferPointer) -> ConnectionOptions {
        if element.equalsIgnoringCase("keep-alive") { return .keepAlive }
        if element.equalsIgnoringCase("close") { return .close }
        if element.equalsIgnoringCase("upgrade") { return .upgrade }
        if element.equalsIgnoringCase("x-forwarded-for") || element.equalsIgnoringCase("x-forwarded-host")
            || element.equalsIgnoringCase("x-forwarded-proto")
        {
            return [.nominates, .nominatesProtected]
        }
        return .nominates
    }

    /// Whether the connection stays open (RFC 9112 section 9.3).
    func keepsAlive(_ version: HTTPVersion) -> Bool {
        !contains(.close) && (version == .http1_1 || contains(.keepAlive))
    }
}
