package import HTTPWire
package import MeshTelemetry
internal import ProxySnapshot

/// An answer made by the proxy itself.
package struct LocalResponse {
    package var status: UInt16
    package var body: ContiguousArray<UInt8>
    /// `%RESPONSE_CODE_DETAILS%`.
    package var details: ContiguousArray<UInt8>
    package var flags: ResponseFlags
    /// `location` of a redirect.
    package var location: ContiguousArray<UInt8>?
    /// A header that a filter gives its answer.
    package struct Header: Sendable {
        package var name: HeaderName
        package var value: ContiguousArray<UInt8>
        /// Whether it takes the place of others of its name.
        package var replaces = true
        /// What must be so for it to be given at all.
        package var condition = Condition.always

        package init(
            name: HeaderName,
            value: ContiguousArray<UInt8>,
            replaces: Bool = true,
            condition: Condition = .always
        ) {
            self.name = name
            self.value = value
            self.replaces = replaces
            self.condition = condition
        }

        /// `ADD_IF_ABSENT` and `OVERWRITE_IF_EXISTS` of `HeaderValueOption.HeaderAppendAction`.
        package enum Condition: Sendable {
            case always
            case ifAbsent
            case ifPresent
        }

        /// Gives the header to a message; one that does not replace becomes a line of its own.
        package func apply(to headers: inout HeaderBlock) {
            guard isWanted(in: headers) else { return }
            value.withUnsafeBytes { value in
                if replaces { headers.set(name, value) } else { headers.add(name, value) }
            }
        }

        /// Whether the condition holds.
        func isWanted(in headers: borrowing HeaderBlock) -> Bool {
            switch condition {
            case .always: true
            case .ifAbsent: !headers.isPresent(name)
            case .ifPresent: headers.isPresent(name)
            }
        }
    }

    /// Headers beyond those that every answer has.
    package var headers: [Header] = []
    /// Adds `x-envoy-overloaded: true`.
    package var isOverloaded = false
    /// The router answers for a route: the route's changes to response headers apply, as they do in Envoy.
    package var isOfRoute = false
    /// The `grpc-status` of the answer to a gRPC caller, where the HTTP status does not tell it.
    var grpcStatus: UInt32?
    /// Answers a CORS preflight that this policy allows.
    var preflight: CORSPolicy?
    /// The connection cannot go on after this answer.
    package var closesConnection = false

    package init(
        status: UInt16,
        body: ContiguousArray<UInt8> = [],
        details: StaticString,
        flags: ResponseFlags = .none,
        location: ContiguousArray<UInt8>? = nil
    ) {
        self.status = status
        self.body = body
        self.details = ContiguousArray(details.utf8)
        self.flags = flags
        self.location = location
    }

    package init(status: UInt16, text: StaticString, details: ContiguousArray<UInt8>, flags: ResponseFlags = .none) {
        self.status = status
        body = ContiguousArray(text.utf8)
        self.details = details
        self.flags = flags
    }

    package init(status: UInt16, text: StaticString, details: StaticString, flags: ResponseFlags = .none) {
        self.init(status: status, body: ContiguousArray(text.utf8), details: details, flags: flags)
    }
}

extension StaticString {
    /// The bytes of a literal.
    var utf8: UnsafeBufferPointer<UInt8> {
        hasPointerRepresentation
            ? UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
            : UnsafeBufferPointer(start: nil, count: 0)
    }
}
