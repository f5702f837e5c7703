/// A strict reader of the text format 0.0.4: anything that it does not know is an error.
struct TextFormat: Equatable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    var types: [String: String] = [:]
    var help: [String: String] = [:]
    var samples: [Sample] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else {
            throw Failure(description: "the last line has no end")
        }
        var family: String?
        var seen: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard parts.count == 2, help[String(parts[0])] == nil else {
                    throw Failure(description: "HELP: \(line)")
                }
                help[String(parts[0])] = String(parts[1])
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ").map(String.init)
                guard parts.count == 2, types[parts[0]] == nil,
                    ["counter", "gauge", "histogram"].contains(parts[1])
                else { throw Failure(description: "TYPE: \(line)") }
                types[parts[0]] = parts[1]
                family = parts[0]
            } else {
                var reader = LineReader(line)
                let sample = try reader.sample()
                guard let family, Self.belongs(sample.name, to: family, types) else {
                    throw Failure(description: "outside of its family: \(line)")
                }
                guard let end = line.lastIndex(of: " "), seen.insert(String(line[..<end])).inserted
                else { throw Failure(description: "twice: \(line)") }
                samples.append(sample)
            }
        }
        try checkHistograms()
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private static func belongs(
        _ name: String, to family: String, _ types: [String: String]
    ) -> Bool {
        guard types[family] == "histogram" else { return name == family }
        return ["_bucket", "_sum", "_count"].contains { name == family + $0 }
    }

    /// Buckets rise to `+Inf`, which is the count.
    private func checkHistograms() throws {
        for (name, type) in types where type == "histogram" {
            for total in samples where total.name == name + "_count" {
                var last = (bound: -Double.infinity, count: 0.0)
                for bucket in samples where bucket.name == name + "_bucket" {
                    var labels = bucket.labels
                    guard let text = labels.removeValue(forKey: "le") else {
                        throw Failure(description: "a bucket of \(name) without le")
                    }
                    guard labels == total.labels else { continue }
                    guard let bound = text == "+Inf" ? .infinity : Double(text),
                        bound > last.bound, bucket.value >= last.count
                    else { throw Failure(description: "the buckets of \(name) do not rise") }
                    last = (bound, bucket.value)
                }
                guard last.bound == .infinity, last.count == total.value else {
                    throw Failure(description: "the buckets of \(name) do not end in its count")
                }
            }
        }
    }
}

/// Reads one line of a sample.
private struct LineReader {
    let line: Substring
    var rest: Substring

    init(_ line: Substring) {
        self.line = line
        rest = line
    }

    mutating func sample() throws -> TextFormat.Sample {
        let name = try word(isName: true)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest.removeFirst()
                let label = try word(isName: false)
                guard labels[label] == nil else { throw failure("a label twice") }
                try expect("=")
                labels[label] = try quoted()
            } while rest.first == ","
            try expect("}")
        }
        try expect(" ")
        guard !rest.contains(" "), let value = number(String(rest)) else {
            throw failure("no number")
        }
        return TextFormat.Sample(name: name, labels: labels, value: value)
    }

    private func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { "0123456789.e+-".contains($0) } ? Double(text) : nil
        }
    }

    private mutating func word(isName: Bool) throws -> String {
        let word = rest.prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || isName && $0 == ":")
        }
        guard let first = word.first, !first.isNumber else { throw failure("no name") }
        rest = rest[word.endIndex...]
        return String(word)
    }

    private mutating func quoted() throws -> String {
        try expect("\"")
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                switch rest.popFirst() {
                case "n": text += "\n"
                case "\\": text += "\\"
                case "\"": text += "\""
                default: throw failure("an unknown escape")
                }
            default: text.append(character)
            }
        }
        throw failure("a value without end")
    }

    private mutating func expect(_ character: Character) throws {
        guard rest.popFirst() == character else { throw failure("expected \(character)") }
    }

    private func failure(_ what: String) -> TextFormat.Failure {
        TextFormat.Failure(description: "\(what): \(line)")
    }
}
