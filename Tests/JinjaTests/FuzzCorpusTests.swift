import Foundation
import Jinja
import Testing

/// The inputs that fuzzing has kept: together they reach what it has reached, findings included.
///
/// `make fuzz` looks for more of them; see `Fuzzing/fuzz.sh`.
@Suite("Inputs of the fuzzer")
struct FuzzCorpusTests {
    static func folder() -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fuzzing/Corpus")
    }

    @Test("Every input of the corpus keeps what is promised for all inputs")
    func keepsPromises() throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder(), includingPropertiesForKeys: nil)
        var machine = Machine()
        for file in files.sorted(by: { $0.path < $1.path }) {
            let input = FuzzCase(Array(try Data(contentsOf: file)))
            let violation = input.violation(on: &machine)
            #expect(violation == nil, "\(file.lastPathComponent)")
        }
        #expect(files.count > 100)
    }
}
