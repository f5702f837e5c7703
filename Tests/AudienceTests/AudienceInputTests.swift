import Glibc
import Testing

@testable import Audience

@Suite struct AudienceInputTests {
    private func readAll(_ source: any ByteSource, bufferBytes: Int = 7) throws -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: bufferBytes)
        while true {
            let count = try unsafe buffer.withUnsafeMutableBytes { bytes in
                try unsafe source.read(into: bytes)
            }
            if count == 0 { return result }
            result += buffer.prefix(count)
        }
    }

    private func inflated(_ bytes: [UInt8], chunk: Int = .max) throws -> [UInt8] {
        try readAll(GzipSource(MemorySource(bytes, chunk: chunk)))
    }

    private let text = Array("user_id,a\nu1,first\nu2,second\n".utf8)

    // MARK: Compression

    /// Made by `gzip`, so that compressed blocks are read and not only stored ones: ten rows
    /// `u1,x`.
    private let compressed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0x2B, 0x35, 0xD4, 0xA9,
        0xE0, 0x2A, 0x25, 0x85, 0x00, 0x00, 0x38, 0xDA, 0xBE, 0x17, 0x32, 0x00, 0x00, 0x00,
    ]

    @Test func compressedBytesAreReadHoweverTheyAreCut() throws {
        let member = GzipWriter.member(text, blockBytes: 5)
        for chunk in 1...member.count {
            #expect(try inflated(member, chunk: chunk) == text)
        }
        let rows = Array(String(repeating: "u1,x\n", count: 10).utf8)
        #expect(try inflated(compressed, chunk: 1) == rows)
        #expect(try inflated(compressed) == rows)
    }

    @Test func severalMembersAreOneInput() throws {
        let bytes = GzipWriter.member(text) + GzipWriter.member([]) + compressed
        let rows = Array(String(repeating: "u1,x\n", count: 10).utf8)
        for chunk in [1, 2, 3, 50, 1_000] {
            #expect(try inflated(bytes, chunk: chunk) == text + rows)
        }
        #expect(try inflated(GzipWriter.member(text) + [0, 0, 0, 0], chunk: 3) == text)
    }

    @Test func halfAnAudienceIsAnError() throws {
        let member = GzipWriter.member(text)
        for length in 1..<member.count {
            #expect(throws: AudienceError.self) { try inflated(Array(member.prefix(length))) }
        }
        for length in member.count + 1..<2 * member.count {
            let bytes = Array((member + member).prefix(length))
            #expect(throws: AudienceError.self) { try inflated(bytes, chunk: 5) }
        }
    }

    @Test func damagedBytesAreAnErrorWithTheirPlace() {
        let member = GzipWriter.member(text)
        // All but the header's time, extra flags and system, which carry no data.
        for byte in member.indices where !(4...9).contains(byte) && byte != 3 {
            var damaged = member
            damaged[byte] ^= 1
            #expect(throws: AudienceError.self) { try inflated(damaged) }
        }
        #expect {
            try inflated(member + Array("more".utf8))
        } throws: { error in
            "\(error)"
                == "the compressed input is damaged near byte \(member.count): other bytes follow "
                + "the compressed ones"
        }
    }

    @Test func compressionIsToldByTheFirstBytes() throws {
        for source in [text, GzipWriter.member(text)] {
            let input = try AudienceInput(MemorySource(source, chunk: 1))
            #expect(input.isCompressed == (source != text))
            #expect(input.format == .csv)
            #expect(try readAll(input.source) == text)
            #expect(input.source.fileBytesRead == UInt64(source.count))
        }
    }

    @Test func anEmptyCompressedFileIsAnEmptyInput() throws {
        let input = try AudienceInput(MemorySource(GzipWriter.member([])))
        #expect(try readAll(input.source).isEmpty)
    }

    // MARK: Formats

    @Test(arguments: [
        ("a.csv", AudienceFormat.csv), ("a.CSV", .csv), ("dir.x/a.csv.gz", .csv),
        ("a.jsonl", .jsonLines), ("a.ndjson", .jsonLines), ("/x/a.b.jsonl.GZ", .jsonLines),
        ("a", nil), ("csv", nil), ("a.txt", nil), ("a.gz", nil), ("dir.csv/a", nil), ("", nil),
    ])
    func theNamesEndingSaysTheFormat(path: String, format: AudienceFormat?) {
        #expect(AudienceFormat(path: path) == format)
    }

    @Test(arguments: [
        ("{\"user_id\":1}", AudienceFormat.jsonLines), ("\n \t{}", .jsonLines),
        ("\u{FEFF}{}", .jsonLines), ("user_id,a", .csv), ("", .csv), ("\"user_id\"", .csv),
    ])
    func theFirstBytesShowTheFormat(text: String, format: AudienceFormat) throws {
        #expect(try AudienceInput(MemorySource(text)).format == format)
        #expect(try AudienceInput(MemorySource(text), format: .csv).format == .csv)
    }

    @Test func whatCanBeNeitherIsRefused() {
        let utf16: [UInt8] = [0xFF, 0xFE, 0x75, 0]
        for (bytes, format) in [
            (Array(" [{}]".utf8), nil), (utf16, nil), (utf16, .csv), ([0xFE, 0xFF], .jsonLines),
            (GzipWriter.member(utf16), nil),
        ] as [([UInt8], AudienceFormat?)] {
            #expect {
                try AudienceInput(MemorySource(bytes), format: format)
            } throws: { error in
                if case .notAnAudience = error as? AudienceError { true } else { false }
            }
        }
    }

    // MARK: Files

    @Test func filesAreReadWithTheirSize() throws {
        let file = TemporaryFile(text, suffix: ".jsonl")
        let input = try AudienceInput(path: file.path)
        #expect(input.format == .jsonLines)
        #expect(input.sizeBytes == UInt64(text.count))
        #expect(try readAll(input.source) == text)
        #expect(try AudienceInput(path: file.path, format: .csv).format == .csv)
    }

    @Test func pipesAreReadToTheirEnd() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        let written = unsafe text.withUnsafeBytes { bytes in
            unsafe write(ends[1], bytes.baseAddress, bytes.count)
        }
        #expect(written == text.count)
        close(ends[1])
        defer { close(ends[0]) }
        let input = try AudienceInput(FileSource(descriptor: ends[0], name: "pipe"))
        #expect(input.sizeBytes == nil)
        #expect(try readAll(input.source) == text)
    }

    @Test func aMissingFileIsAnErrorWithItsName() {
        #expect {
            try AudienceInput(path: "/nonexistent/a.csv")
        } throws: { error in
            "\(error)" == "open /nonexistent/a.csv: No such file or directory"
        }
        #expect {
            try AudienceInput(path: "/")
        } throws: { error in
            "\(error)" == "read /: Is a directory"
        }
    }
}
