import CampaignLife
import Testing

@Suite struct LifeSimulationTests {
    /// Seeds of one run of the tests.
    private static let seeds: UInt64 = 4_000

    @Test func whatMustHoldHoldsInEveryHistory() {
        var begun = 0
        for seed in 0..<Self.seeds {
            var simulation = LifeSimulation(seed: seed)
            do {
                try simulation.play()
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
            begun += simulation.begun
        }
        // Histories in which nothing is sent would show nothing.
        #expect(begun > 20 * Int(Self.seeds))
    }
}
