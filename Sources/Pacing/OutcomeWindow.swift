/// Successes and failures of the last while: eight buckets of an eighth of the window each.
///
/// The window moves on by whole buckets, so it covers between seven eighths of its length and all
/// of it.
struct OutcomeWindow: BitwiseCopyable, Sendable {
    private static var buckets: Int64 { 8 }

    private var successes: SIMD8<UInt32> = .zero
    private var failures: SIMD8<UInt32> = .zero
    /// The number of the newest bucket, counted from time 0.
    private var newest: Int64
    private let bucketNanoseconds: Int64

    init(lengthNanoseconds: Int64, nowNanoseconds: Int64) {
        bucketNanoseconds = max(1, lengthNanoseconds / Self.buckets)
        newest = nowNanoseconds / bucketNanoseconds
    }

    /// Counts one outcome; a time before that of an earlier outcome counts as that time.
    mutating func record(success: Bool, nowNanoseconds: Int64) {
        let current = max(newest, nowNanoseconds / bucketNanoseconds)
        for number in (max(newest, current - Self.buckets) + 1)..<(current + 1) {
            successes[Self.index(number)] = 0
            failures[Self.index(number)] = 0
        }
        newest = current
        let index = Self.index(current)
        if success {
            successes[index] &+= 1
        } else {
            failures[index] &+= 1
        }
    }

    private static func index(_ number: Int64) -> Int {
        Int(truncatingIfNeeded: number & (buckets - 1))
    }

    /// Outcomes counted in the window, as of the last one.
    var total: Int { Int(successes.wrappedSum()) + failureTotal }

    /// Failures counted in the window, as of the last outcome.
    var failureTotal: Int { Int(failures.wrappedSum()) }
}
