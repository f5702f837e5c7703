/// Renders constant parts; made when the first one is met.
final class ConstantFolder {
    /// Steps and instructions that are left for all parts of a template.
    private(set) var effortLeft = JinjaLimits.foldingEffort
    private var machine = Machine()

    /// What a constant part puts out; nil if it fails or takes too much.
    func output(of part: Template) -> [UInt8]? {
        machine.reportsMissing = true
        machine.fuelPerRender = JinjaLimits.foldingFuel
        machine.outputBytesPerRender = JinjaLimits.foldedBytes
        var output = ByteBuffer()
        let failure = machine.render(part, into: &output)
        effortLeft -= unsafe part.code.count
        effortLeft -= JinjaLimits.foldingFuel - max(0, machine.fuel)
        return failure == nil && machine.missing.isEmpty ? unsafe Array(output.bytes) : nil
    }
}
