import Engine
import Jinja

@testable import Audience

/// Keeps the pages and the duplicates of an import, and checks the order of the calls.
final class CollectingSink: PageSink {
    struct Refused: Error {}

    private(set) var blobs: [[UInt8]] = []
    private(set) var counts: [Int] = []
    /// Page and index of every recipient that was marked.
    private(set) var duplicates: [[Int]] = []
    /// The page that is refused, if any.
    var refusedPage: UInt32?
    private var lastMarked: UInt32?

    func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) throws {
        if page.rawValue == refusedPage { throw Refused() }
        precondition(Int(page.rawValue) == blobs.count && lastMarked == nil && count > 0)
        unsafe blobs.append([UInt8](blob))
        counts.append(count)
    }

    func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) throws {
        precondition(lastMarked.map { $0 < page.rawValue } ?? true)
        precondition(Int(page.rawValue) < blobs.count && indexes.count > 0)
        lastMarked = page.rawValue
        for place in 0..<indexes.count {
            let index = unsafe Int(indexes[place])
            precondition(index < counts[Int(page.rawValue)])
            duplicates.append([Int(page.rawValue), index])
        }
    }

    /// The user ids of all recipients, page by page.
    func userIDs() throws -> [[String]] {
        try blobs.map { blob in
            try recipients(of: blob, slots: 1).map { recipient in
                guard case .string(let id) = recipient[0] else { return "" }
                return id
            }
        }
    }
}

extension AudienceImporter.Options {
    /// Options with a fixed key and the directory for temporary files.
    static var test: Self {
        Self(spoolDirectory: temporaryDirectory, hashKey: UserIDHashKey(low: 1, high: 2))
    }
}

/// Imports an input from memory.
func importAudience(
    _ text: String, _ format: AudienceFormat, into sink: any PageSink,
    _ options: AudienceImporter.Options = .test, rejects: RejectsWriter? = nil
) throws -> ImportSummary {
    try AudienceImporter(options, rejects: rejects).run(
        AudienceInput(MemorySource(text), format: format), into: sink)
}
