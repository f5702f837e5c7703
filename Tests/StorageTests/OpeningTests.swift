import Engine
import Foundation
import Testing

@testable import Storage

@Suite("Opening and migrating")
struct OpeningTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }

    /// Big-endian fields of the file's header.
    private enum Header {
        static let userVersion = 60
        static let applicationID = 68
    }

    private func failure(_ access: CampaignDatabase.Access = .readWrite) -> StorageError? {
        do throws(StorageError) {
            try CampaignDatabase.open(at: path, access: access).close()
            return nil
        } catch {
            return error
        }
    }

    @Test func `What is not there is missing, and is not made`() {
        #expect(failure()?.code == .missing)
        #expect(failure(.readOnly)?.code == .missing)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `Files of others are not campaigns`() throws {
        write(Array(String(repeating: "Dear reader, ", count: 2_000).utf8), to: path)
        #expect(failure()?.code == .notACampaign)
        try CampaignDatabase.remove(at: path)
        try SampleCampaign.ready(path, counts: [1]).close()
        var bytes = contents(path)
        bytes[Header.applicationID] ^= 1
        write(bytes, to: path)
        #expect(failure()?.code == .notACampaign)
        #expect(failure(.readOnly)?.code == .notACampaign)
    }

    @Test func `A file of a newer version is refused untouched`() throws {
        try SampleCampaign.ready(path, counts: [1]).close()
        var bytes = contents(path)
        bytes[Header.userVersion + 3] += 1
        write(bytes, to: path)
        #expect(failure()?.code == .newerVersion)
        #expect(failure(.readOnly)?.code == .newerVersion)
        #expect(contents(path) == bytes)
    }

    @Test func `An error names the place and no content`() throws {
        let database = try SampleCampaign.ready(path, counts: [1])
        try database.setValue("key", Array("personal".utf8))
        try database.close()
        var bytes = contents(path)
        bytes[Header.userVersion] = 0x7F
        write(bytes, to: path)
        let text = try #require(failure()).description
        #expect(text.contains(path))
        #expect(text.contains("newer version"))
        #expect(!text.contains("secret"))
        #expect(!text.contains("personal"))
    }

    @Test func `A path that looks like a URI is a path`() throws {
        let odd = folder.file("file:name?mode=memory")
        try SampleCampaign.ready(odd, counts: [1]).close()
        #expect(FileManager.default.fileExists(atPath: odd))
        #expect(try CampaignDatabase.open(at: odd).campaign.counts.pages == 1)
    }

    // MARK: Migrations

    private func connection(isReadOnly: Bool = false) throws -> Connection {
        if !FileManager.default.fileExists(atPath: path) { write([], to: path) }
        return try Connection(path: path, isReadOnly: isReadOnly)
    }

    @Test func `A file takes the steps that it lacks, each once`() throws {
        let first = "CREATE TABLE a (x); INSERT INTO a VALUES (1)"
        let second = "ALTER TABLE a ADD COLUMN y DEFAULT 7"
        let third = "UPDATE a SET x = x + y"
        try Schema.migrate(try connection(), through: [first])
        let connection = try connection()
        #expect(try connection.value("PRAGMA user_version", "test") == "1")
        try Schema.migrate(connection, through: [first, second, third])
        try Schema.migrate(connection, through: [first, second, third])
        #expect(try connection.value("SELECT x FROM a", "test") == "8")
        #expect(try connection.value("PRAGMA user_version", "test") == "3")
        #expect(
            try connection.value("PRAGMA application_id", "test") == "\(Schema.applicationID)")
    }

    @Test func `A step that fails leaves the file at the step before`() throws {
        let connection = try connection()
        let steps = [
            "CREATE TABLE a (x)", "INSERT INTO a VALUES (5); INSERT INTO nowhere VALUES (1)",
        ]
        #expect(
            code { () throws(StorageError) in
                try Schema.migrate(connection, through: steps)
            } == .failed)
        #expect(!connection.isInTransaction)
        #expect(try connection.value("PRAGMA user_version", "test") == "1")
        #expect(try connection.value("SELECT count(*) FROM a", "test") == "0")
    }

    @Test func `A reader does not migrate`() throws {
        try Schema.migrate(try connection(), through: ["CREATE TABLE a (x)"])
        let reader = try connection(isReadOnly: true)
        #expect(
            code { () throws(StorageError) in
                try Schema.migrate(reader, through: ["", "CREATE TABLE b (x)"])
            } == .olderVersion)
        #expect(
            code { () throws(StorageError) in
                try Schema.migrate(reader, through: [])
            } == .newerVersion)
    }

    @Test func `The records of this version are laid out as the file has them`() {
        #expect(MemoryLayout<DeliveryRecord>.stride == 24)
        #expect(MemoryLayout<PageQueue.Entry>.stride == 16)
    }
}
