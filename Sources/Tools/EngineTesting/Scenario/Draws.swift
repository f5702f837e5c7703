package import Structures

/// What scenarios and worlds draw from their one generator.
extension SeededGenerator {
    /// A number of the range, each as likely as the other.
    package mutating func draw(_ range: ClosedRange<Int>) -> Int {
        Int(draw(Int64(range.lowerBound)...Int64(range.upperBound)))
    }

    /// A number of the range, each as likely as the other.
    package mutating func draw(_ range: ClosedRange<Int64>) -> Int64 {
        // Multiplied into the range: the bias is far below what a simulation could notice.
        let span = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int64(next().multipliedFullWidth(by: span).high)
    }

    /// A number of the range, each order of magnitude as likely as the other.
    package mutating func drawWide(_ range: ClosedRange<Int>) -> Int {
        let bits = Int.bitWidth - range.upperBound.leadingZeroBitCount
        let top = min(range.upperBound, 1 << draw(0...bits))
        return draw(range.lowerBound...max(range.lowerBound, top))
    }

    /// True once in so many times.
    package mutating func isOne(in times: Int) -> Bool { draw(1...times) == 1 }

    /// One of the elements.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[draw(0...elements.count - 1)]
    }
}
