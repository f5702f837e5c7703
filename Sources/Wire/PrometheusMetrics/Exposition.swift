/// One scrape: metrics and their series, and the text of them.
///
/// Metrics stand in the order of their names and series in that of their labels, so that the same
/// figures make the same text.
package struct Exposition: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    enum Sample: Sendable {
        case number(Double)
        case histogram(HistogramValue)
    }

    private struct Family {
        var kind: Kind
        var help: String?
        var samples: [LabelSet: Sample] = [:]
    }

    private var families: [String: Family] = [:]
    /// What was not taken: too many series, or another kind under the same name.
    private(set) var refused: UInt64 = 0

    /// A page without metrics.
    package init() {}

    /// Adds a figure that only grows; its name ends in `_total`.
    package mutating func counter(
        _ name: String, _ help: String, _ value: Double, labels: [(String, String)] = []
    ) {
        add(name, .counter, help, LabelSet(labels), .number(value))
    }

    /// Adds a figure that goes up and down.
    package mutating func gauge(
        _ name: String, _ help: String, _ value: Double, labels: [(String, String)] = []
    ) {
        add(name, .gauge, help, LabelSet(labels), .number(value))
    }

    /// Adds what was observed.
    package mutating func histogram(
        _ name: String, _ help: String, _ value: HistogramValue, labels: [(String, String)] = []
    ) {
        add(name, .histogram, help, LabelSet(labels), .histogram(value))
    }

    /// Adds a series; of two with the same labels the first counts.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String?, _ labels: LabelSet, _ sample: Sample
    ) {
        let name = MetricText.name(name)
        let count = families.count
        var family = families[name] ?? Family(kind: kind, help: help)
        let isKnown = families[name] != nil
        guard family.kind == kind, isKnown || count < MetricsLimits.metrics,
            family.samples.count < MetricsLimits.seriesPerMetric || family.samples[labels] != nil
        else {
            refused += 1
            return
        }
        // A copy here would be one of the whole dictionary for every series.
        families[name] = nil
        if family.samples[labels] == nil { family.samples[labels] = sample }
        if family.help == nil { family.help = help }
        families[name] = family
    }

    /// The text format 0.0.4.
    package var text: String {
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = family.help {
                text += "# HELP \(name) \(MetricText.escapedHelp(help))\n"
            }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, sample) in family.samples.sorted(by: { $0.key.text < $1.key.text }) {
                switch sample {
                case .number(let value):
                    text += "\(name)\(labels.braced()) \(MetricText.number(value))\n"
                case .histogram(let value):
                    Self.append(name, labels, value, to: &text)
                }
            }
        }
        return text
    }

    private static func append(
        _ name: String, _ labels: LabelSet, _ value: HistogramValue, to text: inout String
    ) {
        var below: UInt64 = 0
        for (bound, count) in zip(value.bounds + [.infinity], value.counts) {
            below += count
            let label = "le=\"\(MetricText.number(bound))\""
            text += "\(name)_bucket\(labels.braced(adding: label)) \(below)\n"
        }
        text += "\(name)_sum\(labels.braced()) \(MetricText.number(value.sum))\n"
        text += "\(name)_count\(labels.braced()) \(below)\n"
    }
}
