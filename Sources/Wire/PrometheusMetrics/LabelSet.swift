/// The labels of one series, in the form in which the text has them.
///
/// Sorted by name, so that the same labels in another order are the same series.
struct LabelSet: Hashable, Sendable {
    /// `a="1",b="2"`; empty without labels.
    let text: String

    init(_ labels: [(String, String)]) {
        var names: Set<String> = []
        var pairs: [(name: String, value: String)] = []
        for (name, value) in labels {
            var name = MetricText.name(name, allowsColon: false)
            // The bounds of a histogram's buckets have this name.
            if name == "le" { name = "exported_le" }
            // A name stands once; the first value counts.
            guard names.insert(name).inserted else { continue }
            pairs.append((name, MetricText.escapedLabel(value)))
        }
        pairs.sort { $0.name < $1.name }
        text = pairs.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
    }

    /// In braces, with a further label at the end; empty when there is none.
    func braced(adding label: String? = nil) -> String {
        guard let label else { return text.isEmpty ? "" : "{\(text)}" }
        return text.isEmpty ? "{\(label)}" : "{\(text),\(label)}"
    }
}
