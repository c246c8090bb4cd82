import Glibc

/// A directory whose files change all at once: `..data` is a link to a directory that is exchanged by rename, and each
/// file a link through it, as the kubelet lays volumes out.
struct AtomicDirectory: Sendable {
    var path: String
    /// Owns the files besides root; nil leaves them root's.
    var group: UInt32?

    /// Writes the files unless they are there already; `generation` names the new directory.
    func write(_ files: VolumeFiles, generation: Int) throws(SystemError) {
        try FileBytes.makeDirectory(path)
        let former = DirectoryEntries.link(path + "/..data")
        let name = "..\(generation)"
        let directory = "\(path)/\(name)"
        FileBytes.removeTree(directory)
        try FileBytes.makeDirectory(directory)
        for (file, content) in files.files {
            if let slash = file.lastIndex(of: "/") {
                try FileBytes.makeDirectory("\(directory)/\(file[..<slash])")
            }
            let target = "\(directory)/\(file)"
            try FileBytes.write(content.bytes, to: target, mode: 0o600)
            var mode = content.mode
            if let group {
                chown(target, uid_t.max, group)
                mode |= 0o440
            }
            chmod(target, mode)
        }
        let fresh = path + "/..data_tmp"
        unlink(fresh)
        guard symlink(name, fresh) == 0, rename(fresh, path + "/..data") == 0 else {
            throw SystemError.last(path + "/..data")
        }
        let top = Set(files.files.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
        for name in top where DirectoryEntries.link("\(path)/\(name)") == nil {
            guard symlink("..data/\(name)", "\(path)/\(name)") == 0 else { throw SystemError.last("\(path)/\(name)") }
        }
        for name in DirectoryEntries.of(path) where !name.hasPrefix("..") && !top.contains(name) {
            unlink("\(path)/\(name)")
        }
        if let former, former != name { FileBytes.removeTree("\(path)/\(former)") }
    }
}
