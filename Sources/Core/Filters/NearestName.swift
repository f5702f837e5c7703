/// Finds the known name that somebody most likely meant.
enum NearestName {
    /// The name in `known` with the fewest slips from `name`; nil when none is near.
    ///
    /// A slip is a letter too many, too few, wrong, or swapped with its neighbour; a third of the
    /// letters may be slips.
    static func find(_ name: String, in known: some Sequence<String>) -> String? {
        let wanted = Array(name.utf8)
        guard wanted.count <= FilterLimits.shownCharacters else { return nil }
        var best: (name: String, slips: Int)?
        for candidate in known.sorted() {
            let slips = slips(wanted, Array(candidate.utf8))
            let most = max(1, max(wanted.count, candidate.utf8.count) / 3)
            if slips <= most, slips < best?.slips ?? .max { best = (candidate, slips) }
        }
        return best?.name
    }

    /// The optimal string alignment distance.
    private static func slips(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var twoBack: [Int] = []
        var back = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(back[j + 1] + 1, row[j] + 1, back[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, twoBack[j - 1] + 1)
                }
                row.append(cost)
            }
            (twoBack, back) = (back, row)
        }
        return back[b.count]
    }
}
