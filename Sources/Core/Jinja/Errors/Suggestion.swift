/// Finds the known name that somebody most likely meant.
enum Suggestion {
    /// " (did you mean 'x'?)" for the nearest of `known` within a third of the name, else "".
    static func hint(for name: String, among known: some Sequence<String>) -> String {
        guard let nearest = nearest(to: name, among: known) else { return "" }
        return " (did you mean '\(nearest)'?)"
    }

    static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
        let allowed = max(1, wanted.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in known where candidate != name {
            let letters = Array(candidate.lowercased().unicodeScalars.prefix(64))
            guard abs(letters.count - wanted.count) <= allowed else { continue }
            let distance = distance(wanted, letters)
            guard distance <= allowed else { continue }
            if let current = best {
                if (distance, candidate) < (current.distance, current.name) {
                    best = (candidate, distance)
                }
            } else {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// The number of letters to add, drop, change or swap with the neighbour.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                row.append(cost)
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
