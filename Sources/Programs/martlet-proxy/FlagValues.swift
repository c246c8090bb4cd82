import ArgumentParser
import Logging

/// A whole number of seconds, written `5` or `5s`.
struct Seconds: ExpressibleByArgument {
    var value: Int

    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        let digits = argument.hasSuffix("s") ? argument.dropLast() : argument[...]
        guard let value = Int(digits), value >= 0 else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { "\(value)s" }
}

/// A level by swift-log's name.
struct LogLevel: ExpressibleByArgument {
    var level: Logger.Level

    init(level: Logger.Level) { self.level = level }

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }

    var defaultValueDescription: String { level.rawValue }
}

extension LogLevel {
    /// Reads Istio's `SCOPE:LEVEL,...`: the level of the scope `default`, or a level alone; info when there is none.
    init(scopes text: String) {
        level = .info
        for part in text.split(separator: ",") {
            let halves = part.split(separator: ":")
            guard let name = halves.last, halves.count == 1 || halves.first == "default" || halves.first == "all" else {
                continue
            }
            let names: [Substring: Logger.Level] = ["warn": .warning, "fatal": .critical, "none": .critical]
            level = names[name] ?? Logger.Level(rawValue: String(name)) ?? level
        }
    }
}

/// Who carries the requests.
enum Engine: String, ExpressibleByArgument { case swift, envoy }

/// What a command could not do; its flags were right.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
