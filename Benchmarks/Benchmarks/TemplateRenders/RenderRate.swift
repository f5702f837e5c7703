/// What rendering for a while amounted to.
struct RenderRate {
    let renders: Int
    let duration: Duration
    /// The allocations of all renders together; nil where they are not counted.
    let mallocs: UInt64?

    /// A line for the caller.
    var json: String {
        let perSecond = Double(renders) / (duration.microseconds / 1e6)
        let perRender = mallocs.map { "\(Double($0) / Double(renders))" } ?? "null"
        return "{\"renders_per_second\":\(perSecond),\"mallocs_per_render\":\(perRender)}\n"
    }
}

extension Duration {
    var microseconds: Double { self / .microseconds(1) }
}
