/// Reads the documents of one YAML or JSON file one after the other, with every guard against hostile input.
///
/// Documents are split at `---` and `...` at the beginning of lines before any is parsed (YAML 1.2 section 9.1.2 lets
/// these stand nowhere else, not even in block scalars), so that a broken one costs only itself.
struct YAMLFile {
    /// Broken documents after which the rest of a file is not looked at.
    private static let maximumDiagnostics = 1000

    /// What is wrong with the file or with documents in it.
    private(set) var diagnostics: [Diagnostic] = []

    /// Reads `bytes` and hands every document that parsed and is not empty to `body`, until that returns false.
    ///
    /// `file` names them in diagnostics, `firstLine` is the line of the first byte.
    init(
        bytes: some Collection<UInt8>,
        file: String,
        limits: YAMLLimits,
        firstLine: Int = 1,
        body: (YAMLNode) -> Bool
    ) {
        guard let text = decode(bytes, file: file, limits: limits) else { return }
        for chunk in Self.split(text, firstLine: firstLine) {
            guard diagnostics.count < Self.maximumDiagnostics else { return }
            do throws(YAMLSyntaxError) {
                for root in try YAMLParser.parse(chunk.text, line: chunk.line, limits: limits) {
                    guard body(root) else { return }
                }
            } catch {
                let location = SourceLocation(file: file, line: error.line, column: error.column)
                diagnostics.append(Diagnostic(.error, at: location, error.message))
            }
        }
    }

    private mutating func decode(_ bytes: some Collection<UInt8>, file: String, limits: YAMLLimits) -> String? {
        func reject(_ line: Int, _ column: Int, _ message: String) -> String? {
            let location = SourceLocation(file: file, line: line, column: column)
            diagnostics.append(Diagnostic(.error, at: location, message))
            return nil
        }
        guard bytes.count <= limits.fileBytes else {
            return reject(1, 1, "the file has \(bytes.count) bytes; at most \(limits.fileBytes) are read")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return reject(1, 1, "the file is UTF-16; save it as UTF-8")
        }
        if let zero = bytes.firstIndex(of: 0) {
            let (line, column) = Self.position(of: bytes[..<zero])
            return reject(line, column, "NUL byte; configuration is UTF-8 text")
        }
        let separators = Self.separators(in: bytes)
        guard separators <= limits.separators else {
            return reject(
                1,
                1,
                "the file has \(separators) line breaks, commas, colons and brackets; at most \(limits.separators) are read"
            )
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            var valid = bytes.startIndex
            var decoder = Unicode.UTF8.ForwardParser()
            var rest = bytes.makeIterator()
            while case .valid(let scalar) = decoder.parseScalar(from: &rest) {
                valid = bytes.index(valid, offsetBy: scalar.count)
            }
            let (line, column) = Self.position(of: bytes[..<valid])
            return reject(line, column, "invalid UTF-8; configuration is UTF-8 text")
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// Bytes that may begin a node: line feeds, commas, colons, opening brackets, question marks, dashes before spaces.
    private static func separators(in bytes: some Collection<UInt8>) -> Int {
        var count = 0
        var previous: UInt8 = 0
        for byte in bytes {
            switch byte {
            case 0x0A, 0x2C, 0x3A, 0x3F, 0x5B, 0x7B: count += 1
            case 0x20 where previous == 0x2D: count += 1
            default: break
            }
            previous = byte
        }
        return count
    }

    /// Line and column, from 1, of what follows `bytes`.
    private static func position(of bytes: some Collection<UInt8>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }

    /// Texts of the documents with the line each begins at.
    private static func split(_ text: String, firstLine: Int) -> [(text: String, line: Int)] {
        var chunks: [(text: String, line: Int)] = []
        var current: [Substring.UTF8View.SubSequence] = []
        var currentLine = firstLine
        var onlyDirectives = true
        func flush(nextLine: Int, terminator: String) {
            if !current.isEmpty {
                let text = current.map { String(Substring($0)) }.joined(separator: "\n")
                chunks.append((text + terminator, currentLine))
            }
            current = []
            currentLine = nextLine
            onlyDirectives = true
        }
        var number = firstLine
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if isMarker(line, 0x2D), !onlyDirectives { flush(nextLine: number, terminator: "\n") }
            if isMarker(line, 0x2E) {
                flush(nextLine: number + 1, terminator: "\n")
            } else {
                current.append(line)
                let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
                if !isBlank, line.first != 0x25, line.first != 0x23 { onlyDirectives = false }
            }
            number += 1
        }
        flush(nextLine: number, terminator: "")
        return chunks
    }

    /// Whether the line begins with three of `byte` and then ends or goes on with a blank.
    private static func isMarker(_ line: Substring.UTF8View, _ byte: UInt8) -> Bool {
        guard line.count >= 3, line.prefix(3).allSatisfy({ $0 == byte }) else { return false }
        guard let next = line.dropFirst(3).first else { return true }
        return next == 0x20 || next == 0x09 || next == 0x0D
    }
}
