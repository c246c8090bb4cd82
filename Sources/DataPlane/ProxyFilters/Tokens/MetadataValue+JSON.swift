package import ProxySnapshot

extension MetadataValue {
    /// The value as compact JSON.
    func writeJSON(into text: inout ContiguousArray<UInt8>) {
        switch self {
        case .null: text.append(contentsOf: "null".utf8)
        case .boolean(let flag): text.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let number): text.append(contentsOf: "\(number)".utf8)
        case .number(let number): text.append(contentsOf: "\(number)".utf8)
        case .text(let bytes): Self.writeString(bytes, into: &text)
        case .list(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                element.writeJSON(into: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                Self.writeString(member.name, into: &text)
                text.append(UInt8(ascii: ":"))
                member.value.writeJSON(into: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private static func writeString(_ bytes: ContiguousArray<UInt8>, into text: inout ContiguousArray<UInt8>) {
        let digits = ContiguousArray("0123456789abcdef".utf8)
        text.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0..<0x20:
                text.append(contentsOf: "\\u00".utf8)
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    /// The value as a header bears it: lists and objects as base64 of their JSON; nil for what no header may hold.
    package var headerText: ContiguousArray<UInt8>? {
        switch self {
        case .null: return nil
        case .boolean(let flag): return ContiguousArray((flag ? "true" : "false").utf8)
        case .integer(let number): return ContiguousArray("\(number)".utf8)
        case .number(let number): return ContiguousArray("\(number)".utf8)
        case .text(let bytes):
            let isSound = !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            return isSound ? bytes : nil
        case .list, .object:
            var text: ContiguousArray<UInt8> = []
            writeJSON(into: &text)
            return Base64URL.encodeStandard(text)
        }
    }
}
