enum PadSide { case left, right, center }
extension Machine {
    mutating func wordwrapFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value
    { throw fault(.runtime, "stub") }
    mutating func urlencodeFilter(_ value: Value) throws(Fault) -> Value {
        throw fault(.runtime, "stub")
    }
    mutating func urlizeFilter(_ value: Value, _ arguments: CallArguments, _ mode: UInt8)
        throws(Fault) -> Value
    { throw fault(.runtime, "stub") }
    mutating func xmlattrFilter(_ value: Value, _ autospace: Value, _ mode: UInt8) throws(Fault)
        -> Value
    { throw fault(.runtime, "stub") }
    mutating func writePretty(_ value: Value, _ indent: Int, _ depth: Int) throws(Fault) {
        throw fault(.runtime, "stub")
    }
    mutating func percentFormat(_ format: Value, _ value: Value) throws(Fault) -> Value {
        throw fault(.runtime, "stub")
    }
    mutating func percentFormat(_ format: Value, arguments: CallArguments) throws(Fault) -> Value {
        throw fault(.runtime, "stub")
    }
    mutating func padded(_ value: Value, _ width: Int, _ side: PadSide, _ fill: Text) throws(Fault)
        -> Value
    { throw fault(.runtime, "stub") }
    mutating func callBuiltinMethod(_ r: Value, _ name: Text, _ a: CallArguments) throws(Fault)
        -> Value?
    { throw fault(.runtime, "stub") }
    mutating func callGlobal(_ c: Value, _ a: CallArguments) throws(Fault) -> Value {
        throw fault(.runtime, "stub")
    }
    mutating func callCycler(_ c: Value, _ a: CallArguments) throws(Fault) -> Value {
        throw fault(.runtime, "stub")
    }
    mutating func cyclerAttribute(_ c: Value, _ a: Text) -> Value? { nil }
}
