import Audience
import Engine
import Foundation
import Jinja

/// A generated audience, read into pages once: what the benchmarks of the path have in common.
struct BenchmarkAudience {
    let recipients: UInt64
    /// The audience as the bytes of a CSV file.
    let csv: [UInt8]
    let columns: ColumnTable
    /// The blobs of its pages.
    let pages: [[UInt8]]

    /// Generates and reads an audience.
    init(recipients: UInt64) {
        self.recipients = recipients
        var csv: [UInt8] = []
        do {
            try AudienceGenerator(recipients: recipients, format: .csv).generate { bytes in
                csv.append(contentsOf: bytes)
            }
            let pages = KeptPages()
            columns = try Self.read(csv, into: pages).columns
            self.pages = pages.blobs
        } catch {
            fatalError("The generated audience cannot be read: \(error)")
        }
        self.csv = csv
    }

    /// Reads a CSV file that lies in memory.
    static func read(
        _ csv: [UInt8], into sink: any PageSink
    ) throws(AudienceError) -> ImportSummary {
        let options = AudienceImporter.Options(
            spoolDirectory: NSTemporaryDirectory(), hashKey: UserIDHashKey(low: 1, high: 2))
        let input = try AudienceInput(MemorySource(csv), format: .csv)
        return try AudienceImporter(options).run(input, into: sink)
    }

    /// The templates of a short push message, bound to the audience's columns.
    func message() -> MessageTemplates {
        let text = """
            {"to":"{{ receiver.id }}","notification":{"title":{{ name|tojson }},"text":"Your order \
            {{ order }} over {{ amount }} EUR has left our house and should be with you in two to \
            three days."},"data":{"city":{{ city|tojson }},"plan":"{{ plan }}","campaign":"spring"}}
            """
        let fields = columns.names.enumerated().map { index, name in
            VariableLayout.Field(name, .slot(index + 1))
        }
        let receiver = VariableLayout.Field("receiver", .object([.init("id", .slot(0))] + fields))
        do {
            let body = try Template.parse(text, name: "body")
                .bind(layout: VariableLayout(fields + [receiver]))
            return MessageTemplates(
                url: nil, headers: [], body: body, slotCount: columns.count + 1)
        } catch {
            fatalError("The template does not compile: \(error)")
        }
    }
}

/// A sink that keeps the pages.
private final class KeptPages: PageSink {
    var blobs: [[UInt8]] = []

    func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) {
        blobs.append(Array(blob))
    }

    func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) {}
}

/// A file that is in memory already.
private final class MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var fileBytesRead: UInt64 { UInt64(position) }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }
}
