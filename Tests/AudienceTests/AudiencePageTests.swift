import Jinja
import Structures
import Testing

@testable import Audience
@testable import Engine

@Suite struct AudiencePageTests {
    private static let edgeRecipients: [[OwnedValue]] = [
        [.string("u1"), .string(""), .integer(0), .null],
        [.string("u2"), .bool(true), .bool(false), .missing, .json("[1,2]")],
        [.string("ü3"), .integer(.min), .integer(.max), .integer(-1), .integer(128)],
        [.string(String(repeating: "x", count: 30)), .string(String(repeating: "y", count: 31))],
        [.string("u5"), .string(String(repeating: "z", count: 31 + 127))],
        [.string("u6"), .string(String(repeating: "z", count: 31 + 128))],
        [.string("u7"), .string(String(repeating: "z", count: 70_000)), .number(.nan)],
        [.string("u8"), .number(-0.0), .number(.infinity), .number(1.5), .json("{}")],
        [.string("u9"), .missing, .missing, .missing, .missing],
    ]

    private static func padded(_ values: [OwnedValue], to count: Int) -> [OwnedValue] {
        Array((values + Array(repeating: .missing, count: count)).prefix(count))
    }

    @Test func valuesOfEveryKindComeBackAsTheyWentIn() throws {
        let blob = page(of: Self.edgeRecipients, columns: 4)
        let expected = Self.edgeRecipients.map { Self.padded($0, to: 5) }
        #expect(try recipients(of: blob, slots: 5) == expected)
    }

    @Test func columnsAddedAfterThePageWasWrittenAreMissing() throws {
        let blob = page(of: Self.edgeRecipients, columns: 4)
        let expected = Self.edgeRecipients.map { Self.padded($0, to: 40) }
        #expect(try recipients(of: blob, slots: 40) == expected)
    }

    @Test func fewerSlotsThanColumnsLeaveTheRestOut() throws {
        let blob = page(of: Self.edgeRecipients, columns: 4)
        let expected = Self.edgeRecipients.map { Self.padded($0, to: 2) }
        #expect(try recipients(of: blob, slots: 2) == expected)
    }

    @Test(arguments: 1...64) func integersOfEveryWidthSurvive(bits: Int) throws {
        let edge = bits == 64 ? Int64.max : Int64(1) << (bits - 1)
        let values = [edge, edge - 1, -edge, -edge - (bits == 64 ? 0 : 1), ~edge, edge / 3]
        let blob = page(of: [[.string("u")] + values.map(OwnedValue.integer)], columns: 6)
        #expect(
            try recipients(of: blob, slots: 7) == [[.string("u")] + values.map(OwnedValue.integer)])
    }

    @Test(arguments: UInt64(1)...20) func randomPagesComeBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func value() -> OwnedValue {
            switch Int.random(in: 0..<9, using: &random) {
            case 0: .missing
            case 1: .null
            case 2: .bool(.random(using: &random))
            case 3:
                .integer(
                    Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
            case 4: .double(random.next())
            case 5: .json("[\(random.next())]")
            default:
                .string(String(repeating: "é", count: Int.random(in: 0..<60, using: &random)))
            }
        }
        let columns = Int.random(in: 0...12, using: &random)
        let input = (0..<Int.random(in: 0...80, using: &random)).map { row in
            [.string("user-\(row)")] + (0..<columns).map { _ in value() }
        }
        #expect(try recipients(of: page(of: input, columns: columns), slots: columns + 1) == input)
    }

    @Test func shortTextCostsOneByteBesideItself() {
        let row: [OwnedValue] = [.string("u00000001"), .string("Ada"), .string("pro"), .integer(7)]
        let one = page(of: [row], columns: 3).count
        let two = page(of: [row, row], columns: 3).count
        // Four bytes of offset, a byte per value, the text, and one byte of integer.
        #expect(two - one == 4 + 4 + 9 + 3 + 3 + 1)
    }

    @Test func aPageTakesExactlyItsLimitOfRecipients() {
        var builder = AudiencePageBuilder()
        unsafe withSlots([.string("u")]) { slots in
            for _ in 0..<PageLayout.recipientsMax {
                #expect(unsafe builder.append(slots.baseAddress!, count: 1) == .added)
            }
            #expect(unsafe builder.append(slots.baseAddress!, count: 1) == .pageFull)
        }
        #expect(builder.count == PageLayout.recipientsMax)
        let blob = unsafe builder.finish(columnCount: 0) { blob in unsafe [UInt8](blob) }
        #expect(throws: Never.self) { try recipients(of: blob, slots: 1) }
        #expect(builder.count == 0)
    }

    @Test func aPageClosesBeforeItPassesItsByteLimit() throws {
        var builder = AudiencePageBuilder()
        let text = String(repeating: "n", count: 60_000)
        var added = 0
        unsafe withSlots([.string("u"), .string(text)]) { slots in
            while unsafe builder.append(slots.baseAddress!, count: 2) == .added { added += 1 }
        }
        let blob = unsafe builder.finish(columnCount: 1) { blob in unsafe [UInt8](blob) }
        #expect(blob.count <= PageLayout.bytesMax)
        #expect(blob.count + 60_000 + 20 > PageLayout.bytesMax)
        #expect(try recipients(of: blob, slots: 2).count == added)
    }

    @Test func aRecordBeyondItsLimitIsRefusedAndThePageGoesOn() throws {
        var builder = AudiencePageBuilder()
        let text = String(repeating: "n", count: PageLayout.recordBytesMax)
        for (row, expected) in [
            ([.string("u1")], AudiencePageBuilder.Appended.added),
            ([.string("u2"), .string(text)], .recordTooLarge),
            ([.string("u3")], .added),
        ] as [([OwnedValue], AudiencePageBuilder.Appended)] {
            let appended = unsafe withSlots(row) { slots in
                unsafe builder.append(slots.baseAddress!, count: slots.count)
            }
            #expect(appended == expected)
        }
        let blob = unsafe builder.finish(columnCount: 1) { blob in unsafe [UInt8](blob) }
        #expect(try recipients(of: blob, slots: 1) == [[.string("u1")], [.string("u3")]])
    }

    @Test func anEmptyPageIsAPage() throws {
        #expect(try recipients(of: page(of: [], columns: 3), slots: 4) == [])
    }

    // MARK: Damage

    @Test func everyTruncationIsAnError() {
        let blob = page(of: Self.edgeRecipients.filter { $0 != Self.edgeRecipients[6] }, columns: 4)
        for length in 0..<blob.count {
            #expect(throws: AudiencePageError.self) {
                try recipients(of: Array(blob.prefix(length)), slots: 5)
            }
        }
    }

    @Test func everyFlippedBitIsAnError() {
        let blob = page(of: Self.edgeRecipients.filter { $0 != Self.edgeRecipients[6] }, columns: 4)
        for byte in blob.indices {
            for bit in 0..<8 {
                var damaged = blob
                damaged[byte] ^= 1 << bit
                #expect(throws: AudiencePageError.self) { try recipients(of: damaged, slots: 5) }
            }
        }
    }

    /// The checksum hides most structural damage from the reader; here it is made to agree.
    @Test func damageUnderAValidChecksumIsAnErrorOrReadsInsideThePage() throws {
        let blob = page(of: Self.edgeRecipients.filter { $0 != Self.edgeRecipients[6] }, columns: 4)
        var random = SeededGenerator(seed: 1)
        var sound = 0
        for byte in 0..<(blob.count - 8) {
            for value in [
                0, 0xFF, blob[byte] ^ 1, blob[byte] ^ 0x80,
                UInt8.random(in: 0...255, using: &random),
            ] {
                var damaged = blob
                damaged[byte] = value
                AudiencePageTests.seal(&damaged)
                do {
                    // Valid reads stay inside the bytes: the copies here would trap or be found by
                    // the address sanitizer otherwise.
                    _ = try recipients(of: damaged, slots: 5)
                    sound += 1
                } catch {
                    #expect(error is AudiencePageError)
                }
            }
        }
        #expect(sound > 0)
    }

    @Test func errorsNameTheKindAndThePlace() {
        func problem(_ change: (inout [UInt8]) -> Void) -> AudiencePageError? {
            var blob = page(of: [[.string("u1"), .string("a")], [.string("u2")]], columns: 1)
            change(&blob)
            do {
                _ = try recipients(of: blob, slots: 1)
                return nil
            } catch { return error as? AudiencePageError }
        }
        #expect(problem { _ in } == nil)
        #expect(problem { $0[0] ^= 1 }?.problem == .notAPage)
        #expect(problem { $0[4] = 9 }?.problem == .unknownVersion(9))
        #expect(problem { $0[9] = 0xFF }?.problem == .badHeader)
        #expect(problem { $0[12] ^= 1 }?.problem == .truncated)
        // The tag of the second value of recipient 0, made an integer of 1 byte, then of 9 bytes.
        #expect(problem { $0[19] = 4 | 1 << 3 }?.problem == .checksumMismatch)
        #expect(
            problem { $0[19] = 4 | 9 << 3 }.map { [$0.offset, $0.recipient ?? -1] } == [19, 0])
        #expect(problem { $0[16] = 0 }?.problem == .badRecord)
        #expect(problem { $0[20] ^= 1 }?.problem == .checksumMismatch)
        #expect(problem { $0[24] = 30 }?.problem == .badOffset)
    }

    private static func seal(_ blob: inout [UInt8]) {
        let content = blob.count - 8
        let sum = unsafe blob.withUnsafeBytes { bytes in
            unsafe Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<content]))
        }
        for index in 0..<8 {
            blob[content + index] = UInt8(truncatingIfNeeded: sum >> (8 * UInt64(index)))
        }
    }
}
