import Audience
import Engine
import Foundation
import Storage
import Structures

// Finds a user's place in a snapshot without reading its pages.
//
// A file beside the database has four bytes for each ordinal: a hash of the user id, 0 where there
// is no recipient. A look-up reads it from end to end, a megabyte at a time: 4 MB for a million
// recipients, where the pages are a hundred times that. It is written while pages are, in their
// order, so that making it needs the memory of one page; a sorted index would be faster to search
// and would need a sort of the whole audience.

/// The hashes of a snapshot's user ids.
enum UserHashes {
    fileprivate static func path(in folder: CampaignFolder) -> String {
        folder.path + "/users.hashes"
    }

    fileprivate static let entryBytes = 4
    private static let pieceBytes = 1 << 20

    /// FNV-1a, folded to 32 bits; never 0.
    fileprivate static func hash(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var hash = FNV1a()
        hash.add(contentsOf: bytes)
        return max(1, hash.folded)
    }

    /// Where a user may be: there and at other users with the same hash.
    ///
    /// - Returns: The ordinals, or nil when the snapshot has no hashes.
    static func ordinals(of user: String, in folder: CampaignFolder) throws -> [Ordinal]? {
        guard let file = FileHandle(forReadingAtPath: path(in: folder)) else { return nil }
        defer { try? file.close() }
        let wanted = hash(user.utf8).littleEndian
        var ordinals: [Ordinal] = []
        var first: UInt64 = 0
        while let piece = try file.read(upToCount: pieceBytes), !piece.isEmpty {
            let count = piece.count / entryBytes
            unsafe piece.withUnsafeBytes { bytes in
                for index in 0..<count
                where unsafe bytes.loadUnaligned(
                    fromByteOffset: index * entryBytes, as: UInt32.self) == wanted
                {
                    ordinals.append(Ordinal(first + UInt64(index)))
                }
            }
            first += UInt64(count)
        }
        return ordinals
    }
}

/// Writes the hashes of the pages that pass through it.
final class UserHashesSink: PageSink {
    private let next: any PageSink
    private let file: FileHandle

    init(_ next: any PageSink, folder: CampaignFolder) throws {
        self.next = next
        let path = UserHashes.path(in: folder)
        guard
            FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown) }
        self.file = file
    }

    func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) throws {
        try unsafe next.append(page: page, blob: blob, count: count)
        let audience = try unsafe AudiencePage(checking: blob)
        var bytes = Data(count: PageLayout.recipientsMax * UserHashes.entryBytes)
        for index in 0..<count {
            let hash = unsafe UserHashes.hash(audience.userID(at: index)).littleEndian
            unsafe bytes.withUnsafeMutableBytes {
                unsafe $0.storeBytes(
                    of: hash, toByteOffset: index * UserHashes.entryBytes, as: UInt32.self)
            }
        }
        try file.write(contentsOf: bytes)
    }

    func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) throws {
        try unsafe next.markDuplicates(page: page, indexes: indexes)
    }

    /// Makes the file durable; called before the import is ended.
    func finish() throws {
        try file.synchronize()
        try file.close()
    }
}
