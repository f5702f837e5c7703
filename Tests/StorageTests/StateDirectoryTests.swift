import Foundation
import Storage
import Testing

@Suite("The state directory")
struct StateDirectoryTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("state") }

    private func failure(_ body: () throws(StorageError) -> Void) -> StorageError? {
        do throws(StorageError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `It is private and locked by its maker`() throws {
        let directory = try StateDirectory.create(path)
        #expect(directory.isLocked)
        #expect(mode(path) == 0o700)
        #expect(mode(path + "/lock") == 0o600)
        #expect(contents(path + "/lock") == Array("\(getpid())\n".utf8))
        try SampleCampaign.ready(directory.databasePath, counts: [1]).close()
        let second = failure { () throws(StorageError) in _ = try StateDirectory.open(path) }
        #expect(second?.code == .locked)
        #expect(second?.description.contains("process \(getpid())") == true)
    }

    @Test func `The lock ends with its owner, and readers need none`() throws {
        do {
            let directory = try StateDirectory.create(path)
            try SampleCampaign.ready(directory.databasePath, counts: [1]).close()
            let reader = try StateDirectory.openReadOnly(path)
            #expect(!reader.isLocked)
            #expect(reader.databasePath == directory.databasePath)
        }
        let directory = try StateDirectory.open(path)
        #expect(directory.isLocked)
    }

    @Test func `It is private whatever the umask`() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            for mask in [0o000, 0o777] as [mode_t] {
                umask(mask)
                let path = folder.file("state-\(mask)")
                let directory = try StateDirectory.create(path)
                precondition(directory.isLocked)
                precondition(mode(path) == 0o700)
            }
        }
    }

    @Test func `A folder with a campaign, or with other files, is not taken`() throws {
        do {
            let directory = try StateDirectory.create(path)
            try SampleCampaign.ready(directory.databasePath, counts: [1]).close()
            write([1], to: path + "/journal-0")
        }
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.create(path) }?.code
                == .exists)
        let other = folder.file("other")
        try FileManager.default.createDirectory(
            atPath: other, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755])
        write([1], to: other + "/holiday.jpg")
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.create(other) }?.code
                == .notACampaign)
        #expect(mode(other) == 0o755)
        #expect(!FileManager.default.fileExists(atPath: other + "/lock"))
    }

    @Test func `An empty folder and the rest of a failed import are taken`() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755])
        do {
            let directory = try StateDirectory.create(path)
            #expect(mode(path) == 0o700)
            let database = try SampleCampaign.importing(directory.databasePath)
            try database.close()
            write([1], to: directory.rejectsPath)
        }
        do {
            let directory = try StateDirectory.open(path)
            try directory.removeCampaign()
            try directory.removeCampaign()
            #expect(!FileManager.default.fileExists(atPath: directory.rejectsPath))
            write([1], to: directory.rejectsPath)
        }
        #expect(try StateDirectory.create(path).isLocked)
    }

    @Test func `What is no state directory is not opened`() throws {
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.open(path) }?.code
                == .missing)
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.openReadOnly(path) }?.code
                == .missing)
        write([1], to: path)
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.open(path) }?.code
                == .notACampaign)
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.openReadOnly(folder.path) }?
                .code == .notACampaign)
        #expect(!FileManager.default.fileExists(atPath: folder.file("lock")))
        #expect(
            failure { () throws(StorageError) in _ = try StateDirectory.create(path + "/deep") }
                != nil)
    }
}
