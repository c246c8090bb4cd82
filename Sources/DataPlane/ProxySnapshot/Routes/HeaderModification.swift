package import HTTPWire

/// Header changes of one level (cluster entry, route, virtual host or table): removals first, then additions in order.
package struct HeaderModifications: Sendable, Equatable {
    /// Headers taken away.
    package var removals: [HeaderName]
    /// Headers added or replaced.
    package var additions: [HeaderAddition]

    package init(removals: [HeaderName] = [], additions: [HeaderAddition] = []) {
        self.removals = removals
        self.additions = additions
    }

    /// True if nothing is changed.
    package var isEmpty: Bool { removals.isEmpty && additions.isEmpty }
}

/// One `HeaderValueOption`.
package struct HeaderAddition: Sendable, Equatable {
    /// The header.
    package var name: HeaderName
    /// Its value.
    package var value: HeaderValueTemplate
    /// What happens when it is there already.
    package var action: HeaderAppendAction
    /// False if an empty value means no header.
    package var keepsEmptyValue: Bool

    package init(
        name: HeaderName,
        value: HeaderValueTemplate,
        action: HeaderAppendAction = .appendIfExistsOrAdd,
        keepsEmptyValue: Bool = false
    ) {
        self.name = name
        self.value = value
        self.action = action
        self.keepsEmptyValue = keepsEmptyValue
    }
}

/// `HeaderValueOption.HeaderAppendAction`.
package enum HeaderAppendAction: Sendable, Equatable {
    case appendIfExistsOrAdd
    case addIfAbsent
    case overwriteIfExistsOrAdd
    case overwriteIfExists
}

/// A header value: plain bytes, or pieces with command operators.
package enum HeaderValueTemplate: Sendable, Equatable {
    case literal([UInt8])
    case pieces([HeaderValuePiece])
}

/// A piece of a header value.
package enum HeaderValuePiece: Sendable, Equatable {
    case literal([UInt8])
    case command(HeaderValueCommand)
}

/// The command operators allowed in header values (Envoy's `%NAME%`); any other rejects the resource by name.
package enum HeaderValueCommand: Sendable, Equatable {
    /// `%REQ(name?alternative):length%`
    case requestHeader(HeaderName, alternative: HeaderName?, maximumLength: Int?)
    /// `%RESP(name?alternative):length%`
    case responseHeader(HeaderName, alternative: HeaderName?, maximumLength: Int?)
    case downstreamRemoteAddress
    case downstreamRemoteAddressWithoutPort
    case downstreamDirectRemoteAddress
    case downstreamDirectRemoteAddressWithoutPort
    case downstreamLocalAddress
    case downstreamLocalAddressWithoutPort
    case downstreamLocalPort
    case upstreamRemoteAddress
    case upstreamCluster
    case `protocol`
    case requestedServerName
    case routeName
    case virtualHostName
    case hostname
    case responseCode
    case responseFlags
    /// `%START_TIME(%s.%3f)%` and the default ISO 8601 form when empty.
    case startTime(format: String)
}
