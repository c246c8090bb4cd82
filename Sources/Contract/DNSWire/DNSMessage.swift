/// A DNS message, query or response (RFC 1035 section 4.1).
package struct DNSMessage: Sendable, Hashable {
    package var id: UInt16
    package var isResponse = false
    /// 0 is a standard query; 0...15.
    package var operation: UInt8 = 0
    package var isAuthoritative = false
    package var isTruncated = false
    package var isRecursionDesired = false
    package var isRecursionAvailable = false
    /// The AD and CD bits (RFC 4035).
    package var isAuthenticData = false
    package var isCheckingDisabled = false
    package var responseCode = DNSResponseCode.noError
    package var questions: [DNSQuestion] = []
    package var answers: [DNSRecord] = []
    package var authorities: [DNSRecord] = []
    /// Without the OPT record, which is ``edns``.
    package var additionals: [DNSRecord] = []
    /// Nil when the sender does not speak EDNS.
    package var edns: EDNS?

    package init(id: UInt16) { self.id = id }

    /// A response to this query with its id, operation, question and wish for recursion.
    ///
    /// It speaks EDNS when the query does (RFC 6891 section 6.1.1), offering `payloadSize` bytes.
    package func response(_ code: DNSResponseCode = .noError, payloadSize: UInt16 = 1232) -> DNSMessage {
        var response = DNSMessage(id: id)
        response.isResponse = true
        response.operation = operation
        response.isRecursionDesired = isRecursionDesired
        response.isCheckingDisabled = isCheckingDisabled
        response.responseCode = code
        response.questions = questions
        if edns != nil { response.edns = EDNS(payloadSize: payloadSize) }
        return response
    }

    /// What a UDP response to this query may weigh: 512 without EDNS, otherwise what the sender takes, within
    /// 512...`limit` (RFC 6891 section 6.2.3).
    package func responseLimit(atMost limit: Int = 1232) -> Int {
        guard let edns else { return 512 }
        return max(512, min(Int(edns.payloadSize), limit))
    }
}

/// One question (RFC 1035 section 4.1.2).
package struct DNSQuestion: Sendable, Hashable {
    package var name: DomainName
    package var type: DNSRecordType
    /// The QCLASS: 1 is the Internet.
    package var questionClass: UInt16

    package init(_ name: DomainName, _ type: DNSRecordType, questionClass: UInt16 = 1) {
        self.name = name
        self.type = type
        self.questionClass = questionClass
    }
}

/// The OPT pseudo-record (RFC 6891 section 6.1).
package struct EDNS: Sendable, Hashable {
    /// The largest UDP payload the sender takes, in bytes.
    package var payloadSize: UInt16
    package var version: UInt8
    /// The DO bit (RFC 3225).
    package var wantsSignatures: Bool
    /// The options as they came.
    package var options: [UInt8]

    package init(payloadSize: UInt16, version: UInt8 = 0, wantsSignatures: Bool = false, options: [UInt8] = []) {
        self.payloadSize = payloadSize
        self.version = version
        self.wantsSignatures = wantsSignatures
        self.options = options
    }
}
