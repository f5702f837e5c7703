import EngineTesting
import Testing

@Suite("Providers of simulation and tests")
struct ProviderConformanceTests {
    @Test("they keep to what every provider has to")
    func conforms() {
        ProviderConformance(SimulatedProvider()) { Issue.record("\($0)") }.run()
        ProviderConformance(ScriptedProvider(), inputs: ["key of {{id}}"]) {
            Issue.record("\($0)")
        }.run()
    }

    @Test("the suite finds a provider that repeats what may have arrived")
    func finds() {
        var broken: [String] = []
        ProviderConformance(HastyProvider()) { broken.append($0) }.run()
        #expect(broken.contains { $0.contains("may have arrived") })
        #expect(broken.contains { $0.contains("no field is named twice") })
        #expect(broken.contains { $0.contains("who adds fields has a preparer") })
    }
}
