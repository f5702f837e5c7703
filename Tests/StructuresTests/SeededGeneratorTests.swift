import Structures
import Testing

@Suite("SeededGenerator")
struct SeededGeneratorTests {
    @Test("gives the published sequence of SplitMix64 for its seed")
    func givesThePublishedSequence() {
        var generator = SeededGenerator(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("streams of one seed differ, and repeat")
    func streamsDiffer() {
        var firsts: Set<UInt64> = []
        for stream in 0..<100 as Range<UInt64> {
            var one = SeededGenerator(seed: 7, stream: stream)
            var same = SeededGenerator(seed: 7, stream: stream)
            let number = one.next()
            #expect(number == same.next())
            firsts.insert(number)
        }
        #expect(firsts.count == 100)
    }
}
