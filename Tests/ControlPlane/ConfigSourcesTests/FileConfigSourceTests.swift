import ConfigSources
import Foundation
import MeshConfig
import Testing

@Suite(.timeLimit(.minutes(5))) struct FileConfigSourceTests {
    /// A directory of its own, removed at the end.
    private final class Folder: Sendable {
        let url = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString)")

        init() throws {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit {
            try? FileManager.default.removeItem(at: url)
        }

        var path: String { url.path() }

        func write(_ name: String, _ text: String) throws {
            let file = url.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: url.appending(path: name).path(),
                withDestinationPath: target
            )
        }
    }

    private static func namespace(_ name: String, label: String = "a") -> String {
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name), labels: {l: \(label)}}\n"
    }

    private func names(_ update: ConfigUpdate) -> [String] {
        update.snapshot.namespaces.map { "\($0.name)=\($0.metadata.labels["l"] ?? "")" }
    }

    private func refreshed(_ reader: inout FileReader) -> [String]? {
        reader.refresh().map(names)
    }

    @Test func directoryIsReadRecursivelyWithoutDotAndBackupFiles() throws {
        let folder = try Folder()
        try folder.write("b.yml", Self.namespace("b"))
        try folder.write("sub/a.yaml", Self.namespace("a"))
        try folder.write("c.json", "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"c\"}}")
        for ignored in [".hidden.yaml", "x.yaml~", "#x.yaml", ".git/y.yaml", "readme.md", "z.yaml.swp"] {
            try folder.write(ignored, Self.namespace("ignored"))
        }
        try folder.link("sub/loop", to: "..")
        let update = ConfigStore.load(path: folder.path)
        #expect(names(update) == ["a=a", "b=a", "c="])
        #expect(update.diagnostics == [])
    }

    @Test func singleFileIsRead() throws {
        let folder = try Folder()
        try folder.write("one.yaml", Self.namespace("a"))
        try folder.write("two.yaml", Self.namespace("b"))
        #expect(names(ConfigStore.load(path: folder.path + "/one.yaml")) == ["a=a"])
    }

    @Test func pipeIsReadToItsEnd() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(Self.namespace("a").utf8))
        try pipe.fileHandleForWriting.close()
        let update = ConfigStore.load(path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
        #expect(names(update) == ["a=a"])
        #expect(update.diagnostics == [])
    }

    @Test func missingPathIsAnError() {
        let update = ConfigStore.load(path: "/nowhere/at-all")
        #expect(update.diagnostics.map(\.description) == ["/nowhere/at-all:1:1: error: No such file or directory"])
    }

    @Test func hugeFileIsRefusedWithoutBeingRead() throws {
        let folder = try Folder()
        try folder.write("good.yaml", Self.namespace("a"))
        try folder.write("huge.yaml", "")
        let handle = try FileHandle(forWritingTo: folder.url.appending(path: "huge.yaml"))
        try handle.truncate(atOffset: 100 << 20)
        try handle.close()
        let update = ConfigStore.load(path: folder.path)
        #expect(names(update) == ["a=a"])
        #expect(update.errors.map(\.message) == ["the file has more than 8388608 bytes, the most that is read"])
    }

    @Test func pipeInAFolderIsRefusedInsteadOfWaitedFor() throws {
        let folder = try Folder()
        try folder.write("good.yaml", Self.namespace("a"))
        #expect(mkfifo(folder.path + "/pipe.yaml", 0o600) == 0)
        let update = ConfigStore.load(path: folder.path)
        #expect(names(update) == ["a=a"])
        #expect(update.errors.map(\.message) == ["is not a regular file"])
    }

    @Test func whatCannotBeLookedIntoKeepsItsObjects() throws {
        let folder = try Folder()
        try folder.write("a.yaml", Self.namespace("a"))
        try folder.write("sub/b.yaml", Self.namespace("b"))
        try folder.write("sub/deep/c.yaml", Self.namespace("c"))
        var reader = FileReader(path: folder.path)
        #expect(refreshed(&reader) == ["a=a", "b=a", "c=a"])

        // A link to itself fails to open whoever asks, root too; so does a folder without permission.
        let (path, away) = (folder.path + "/sub", folder.path + "/.away")
        #expect(rename(path, away) == 0)
        try folder.link("sub", to: "sub")
        let hidden = reader.refresh()
        #expect(try names(#require(hidden)) == ["a=a", "b=a", "c=a"])
        #expect(hidden?.errors.map(\.message) == ["cannot be read: Too many levels of symbolic links"])
        #expect(reader.refresh() == nil)

        try folder.write(".away/b.yaml", Self.namespace("b", label: "changed"))
        #expect(unlink(path) == 0)
        #expect(rename(away, path) == 0)
        let back = reader.refresh()
        #expect(try names(#require(back)) == ["a=a", "b=changed", "c=a"])
        #expect(back?.diagnostics == [])

        try FileManager.default.removeItem(atPath: path)
        #expect(refreshed(&reader) == ["a=a"])
    }

    @Test func fileThatCannotBeFollowedForAWhileIsReadAgain() throws {
        let folder = try Folder()
        try folder.write("a.yaml", Self.namespace("a"))
        var reader = FileReader(path: folder.path)
        _ = reader.refresh()
        let (path, away) = (folder.path + "/a.yaml", folder.path + "/.away")
        #expect(rename(path, away) == 0)
        try folder.link("a.yaml", to: "a.yaml")
        let hidden = reader.refresh()
        #expect(try names(#require(hidden)) == ["a=a"])
        #expect(hidden?.errors.count == 1)

        #expect(rename(away, path) == 0)
        let back = reader.refresh()
        #expect(try names(#require(back)) == ["a=a"])
        #expect(back?.diagnostics == [])

        #expect(unlink(path) == 0)
        #expect(refreshed(&reader) == [])
    }

    @Test func changesAreFollowed() async throws {
        let folder = try Folder()
        try folder.write("a.yaml", Self.namespace("a"))
        let source = FileConfigSource(path: folder.path, pollInterval: .seconds(1))
        var updates = source.updates().makeAsyncIterator()

        #expect(try names(#require(await updates.next())) == ["a=a"])

        try folder.write("b.yaml", Self.namespace("b"))
        #expect(try names(#require(await updates.next())) == ["a=a", "b=a"])

        try folder.write("b.yaml", Self.namespace("b", label: "changed"))
        #expect(try names(#require(await updates.next())) == ["a=a", "b=changed"])

        try folder.write("new/c.yaml", Self.namespace("c"))
        #expect(try names(#require(await updates.next())) == ["a=a", "b=changed", "c=a"])

        try folder.write("b.yaml", "kind: [")
        let broken = try #require(await updates.next())
        #expect(names(broken) == ["a=a", "b=changed", "c=a"])
        #expect(broken.errors.count == 1)

        try FileManager.default.removeItem(at: folder.url.appending(path: "a.yaml"))
        #expect(try names(#require(await updates.next())) == ["b=changed", "c=a"])
    }

    @Test func mountedConfigMapIsFollowedWhenItsLinkIsSwapped() async throws {
        let folder = try Folder()
        try folder.write("..1/a.yaml", Self.namespace("a", label: "one"))
        try folder.write("..2/a.yaml", Self.namespace("a", label: "two"))
        try folder.link("..data", to: "..1")
        try folder.link("a.yaml", to: "..data/a.yaml")
        let source = FileConfigSource(path: folder.path, pollInterval: .seconds(1))
        var updates = source.updates().makeAsyncIterator()
        #expect(try names(#require(await updates.next())) == ["a=one"])

        try folder.link("..data_tmp", to: "..2")
        #expect(rename(folder.path + "/..data_tmp", folder.path + "/..data") == 0)
        #expect(try names(#require(await updates.next())) == ["a=two"])
    }

    @Test func fileThatAppearsLaterIsFound() async throws {
        let folder = try Folder()
        let source = FileConfigSource(path: folder.path + "/later.yaml", pollInterval: .milliseconds(50))
        var updates = source.updates().makeAsyncIterator()
        #expect(try #require(await updates.next()).errors.count == 1)
        try folder.write("later.yaml", Self.namespace("a"))
        let found = try #require(await updates.next())
        #expect(names(found) == ["a=a"])
        #expect(found.errors == [])
    }
}
