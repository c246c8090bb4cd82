/// One access logger: where lines go, how they look and which requests they cover.
package struct AccessLog: Sendable, Equatable {
    /// Where lines go.
    package var destination: AccessLogDestination
    /// How a line looks.
    package var format: AccessLogTemplate
    /// Logs only requests bearing one of these flags, or any flag when empty; `nil` logs all.
    package var responseFlags: [String]?

    package init(
        destination: AccessLogDestination,
        format: AccessLogTemplate = .standard,
        responseFlags: [String]? = nil
    ) {
        self.destination = destination
        self.format = format
        self.responseFlags = responseFlags
    }
}

/// Where an access log is written.
package enum AccessLogDestination: Sendable, Equatable {
    case standardOutput
    case standardError
    case file(String)
}

/// The format of an access log before its operators are compiled (MeshTelemetry does that).
package enum AccessLogTemplate: Sendable, Equatable {
    /// Envoy's built-in format.
    case standard
    /// Text with `%OPERATOR%` substitutions.
    case text(String)
    /// One JSON object a line, members sorted by name.
    case json([AccessLogMember])
}

/// One member of a JSON access log.
package struct AccessLogMember: Sendable, Equatable {
    /// The member's name.
    package var name: String
    /// Its template.
    package var value: AccessLogValue

    package init(name: String, value: AccessLogValue) {
        self.name = name
        self.value = value
    }
}

/// A value of a JSON access log: text with operators, or an object of such.
package enum AccessLogValue: Sendable, Equatable {
    case text(String)
    case number(Double)
    case boolean(Bool)
    case null
    case object([AccessLogMember])
}
