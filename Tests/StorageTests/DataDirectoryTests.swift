import Glibc
import Storage
import Testing

@Suite("The data directory")
struct DataDirectoryTests {
    let folder = TemporaryFolder()

    @Test func `It is made with its parents, for its owner only, and locked`() throws {
        let path = folder.file("a/b/data")
        let directory = try DataDirectory(path)
        #expect(directory.path == path)
        for made in ["a", "a/b", "a/b/data"] { #expect(mode(folder.file(made)) == 0o700) }
        let failure = #expect(throws: StorageError.self) { _ = try DataDirectory(path) }
        #expect(failure?.code == .locked)
        #expect(failure?.description.contains("process \(getpid()) serves it") == true)
    }

    @Test func `The lock ends with its owner`() throws {
        let path = folder.file("data")
        do { _ = try DataDirectory(path) }
        _ = try DataDirectory(path)
    }

    @Test func `A file in its place is an error that names it`() throws {
        let path = folder.file("data")
        write([1], to: path)
        let failure = #expect(throws: StorageError.self) { _ = try DataDirectory(path) }
        #expect(failure?.path == path)
        #expect(failure?.message.contains("Not a directory") == true)
    }
}
