import Engine
import Foundation
import Storage
import StoreTesting
import Testing

@testable import SendPlans

@Suite struct DatabaseStoreTests {
    @Test func itKeepsWhatAStorePromises() throws {
        let folder = NSTemporaryDirectory() + "fanfare-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var broken: [String] = []
        var number = 0
        try StoreConformance(
            make: { pages in
                number += 1
                return try make("\(folder)/\(number)", pages)
            },
            reopen: { store in
                try store.database.close()
                return DatabaseStore(try CampaignDatabase.open(at: store.database.path))
            }, report: { broken.append($0) }
        ).run()
        #expect(broken.isEmpty)
    }

    private func make(_ path: String, _ pages: [SamplePage]) throws -> DatabaseStore {
        let database = try CampaignDatabase.create(
            at: path, campaign: CampaignID(high: 1, low: 2), createdAtMilliseconds: 0,
            document: "{}")
        try database.beginImport()
        for (index, page) in pages.enumerated() {
            try unsafe page.bytes.withUnsafeBytes {
                try unsafe database.appendPage(
                    PageIndex(UInt32(index)), count: page.count, recipients: $0)
            }
        }
        _ = try database.finishImport(
            ImportTotals(
                rowsRead: pages.reduce(0) { $0 + $1.count }, rejected: 0,
                columns: Array("[]".utf8)))
        return DatabaseStore(database)
    }
}
