#if canImport(Glibc)
internal import Glibc

/// The pages of the program's own code that are mapped.
///
/// A start reads two thirds of the code once - flags, JSON, gRPC, Swift's tables of conformances - and serving needs a
/// quarter of it. What is given back is clean and comes again from the page cache, when it is needed, by a minor fault.
enum ProgramPages {
    /// Unmaps the code's pages; those in use come back at once.
    static func giveBack() {
        let size = sysconf(Int32(_SC_PAGESIZE))
        for range in codeRanges() where size > 0 && range.lowerBound % UInt(size) == 0 {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            // Advice only: a kernel that will not leaves all as it is.
            _ = madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// Where the program's executable file is mapped to run and not to be written (proc(5), `/proc/PID/maps`).
    static func codeRanges(maps: String? = nil, program: String? = nil) -> [Range<UInt>] {
        guard let maps = maps ?? read("/proc/self/maps"), let program = program ?? ownPath() else { return [] }
        return maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }) == program else {
                return nil
            }
            let ends = fields[0].split(separator: "-").map { UInt($0, radix: 16) }
            guard ends.count == 2, let start = ends[0], let end = ends[1], start < end else { return nil }
            return start..<end
        }
    }

    private static func ownPath() -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count)
        return length > 0 && length < path.count
            ? String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16384)
        // Some hundred lines; a megabyte of them is no program's.
        while all.count < 1 << 20 {
            let count = Glibc.read(file, &part, part.count)
            guard count > 0 else { break }
            all += part[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}
#else
/// Elsewhere the system keeps its own house.
enum ProgramPages {
    static func giveBack() {}
}
#endif
