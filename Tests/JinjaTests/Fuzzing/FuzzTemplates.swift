import Jinja

/// The machine of all inputs: what one leaves behind must not matter to the next.
nonisolated(unsafe) private var machine = Machine()

/// What libFuzzer calls with each input.
///
/// See <https://llvm.org/docs/LibFuzzer.html>. A violation ends the process, which libFuzzer
/// reports and keeps the input of.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzTemplates(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let violation = unsafe FuzzCase(bytes).violation(on: &machine) { fatalError(violation) }
    return 0
}
