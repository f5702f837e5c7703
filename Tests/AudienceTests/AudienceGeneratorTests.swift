import Engine
import Testing

@testable import Audience

@Suite struct AudienceGeneratorTests {
    private func bytes(
        _ recipients: UInt64, _ format: AudienceFormat, seed: UInt64 = 1
    ) throws -> [UInt8] {
        var result: [UInt8] = []
        try unsafe AudienceGenerator(recipients: recipients, format: format, seed: seed)
            .generate { bytes in unsafe result.append(contentsOf: bytes) }
        return result
    }

    private func fingerprint(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// These numbers are the promise that a seed keeps its audience: change them only on purpose.
    @Test func theSameSeedGivesTheSameBytes() throws {
        #expect(try fingerprint(bytes(500, .csv)) == 0xA9AB_BD17_688F_B17A)
        #expect(try fingerprint(bytes(500, .jsonLines)) == 0x14EA_B0D7_C6CD_73AF)
        #expect(try bytes(500, .csv, seed: 7) == bytes(500, .csv, seed: 7))
        #expect(try bytes(500, .csv, seed: 7) != bytes(500, .csv, seed: 8))
    }

    @Test(arguments: AudienceFormat.allCases)
    func fewerRecipientsAreABeginning(format: AudienceFormat) throws {
        let all = try bytes(1_500, format)
        for count in [0, 1, 17, 1_499] as [UInt64] {
            #expect(try all.starts(with: bytes(count, format)))
        }
    }

    @Test(arguments: AudienceFormat.allCases, UInt64(1)...3)
    func everyRowIsARecipient(format: AudienceFormat, seed: UInt64) throws {
        let input = try AudienceInput(MemorySource(bytes(1_500, format, seed: seed)))
        #expect(input.format == format)
        let summary = try AudienceImporter(.test).run(input, into: CollectingSink())
        #expect(summary.recipients == 1_500)
        #expect(summary.rejected == 0 && summary.duplicates == 0)
        let names = ["name", "city", "plan", "order", "amount"]
        #expect(
            summary.columns.names
                == names + (format == .csv ? ["note"] : ["paid", "items", "note"]))
    }

    @Test func theAudienceExercisesWhatRealOnesDo() throws {
        let csv = try String(decoding: bytes(1_500, .csv), as: UTF8.self)
        for part in ["\"\"", "\"Washington, D.C.\"", ".\nSaid", "Анна", "محمد", "さくら", "민준", "आरव"]
        {
            #expect(csv.contains(part))
        }
        let rows = try read(csv, .csv).rows
        let notes = rows.compactMap { row -> Int? in
            if case .string(let note) = row.variables["note"] { note.utf8.count } else { nil }
        }
        #expect(notes.count { $0 < 20 } > notes.count / 3)
        #expect(notes.contains { $0 > 800 })
        #expect(rows.first?.id == "u00000001" && rows.last?.id == "u00001500")
    }

    @Test func aFullDiskIsAnError() throws {
        #expect(throws: AudienceError.self) {
            try AudienceGenerator(recipients: 1, format: .csv).write(to: -1, name: "out.csv")
        }
        #expect(throws: AudienceError.self) {
            try AudienceGenerator(recipients: 1, format: .csv).write(
                to: -1, name: "out.csv", isCancelled: { true })
        }
    }
}
