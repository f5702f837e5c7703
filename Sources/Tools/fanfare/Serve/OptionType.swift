import Foundation
import Pacing

/// What an option's value is: how it is read from text, and how a message says what was expected.
struct OptionType<Value: Sendable>: Sendable {
    /// The value's name in the help.
    let valueName: String
    /// Completes “expected …”.
    let expected: String
    let parse: @Sendable (String) -> Value?
}

extension OptionType where Value == String {
    static let path = OptionType(valueName: "dir", expected: "a path") { text in
        text.isEmpty || text.utf8.contains(0) ? nil : text
    }
}

extension OptionType where Value == String? {
    /// An absolute URL that paths are appended to; without a slash at its end.
    static let baseURL = OptionType(
        valueName: "url",
        expected: "an http or https URL without query, such as https://example.org"
    ) { text in
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
            parts.query == nil, parts.fragment == nil, parts.user == nil, parts.password == nil
        else { return nil }
        return .some(text.hasSuffix("/") ? String(text.dropLast()) : text)
    }
}

extension OptionType where Value == ListenAddress {
    static let address = OptionType(
        valueName: "host:port", expected: "host:port, such as 127.0.0.1:8080 or [::1]:8080",
        parse: ListenAddress.init)
}

extension OptionType where Value == Bool {
    static let flag = OptionType(valueName: "", expected: "true or false") { text in
        switch text.lowercased() {
        case "true", "yes", "1": true
        case "false", "no", "0": false
        default: nil
        }
    }
}

extension OptionType where Value == Int {
    static func count(_ range: ClosedRange<Int>) -> OptionType {
        OptionType(
            valueName: "n",
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension OptionType where Value == Duration {
    /// A duration with its unit.
    static func duration(_ from: String, to end: String) -> OptionType {
        let range = length(from)...length(end)
        return OptionType(
            valueName: "time", expected: "a time such as 30s or 5m, from \(from) to \(end)"
        ) { text in
            guard let value = try? DurationText(parsing: text).duration else { return nil }
            return range.contains(value) ? value : nil
        }
    }

    private static func length(_ text: String) -> Duration {
        guard let value = try? DurationText(parsing: text) else {
            preconditionFailure("a bound of an option is no duration: \(text)")
        }
        return value.duration
    }
}

extension OptionType where Value: CaseIterable & RawRepresentable<String> {
    /// One of some words.
    static func word(_ name: String) -> OptionType {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return OptionType(
            valueName: name, expected: "one of \(words)", parse: Value.init(rawValue:))
    }
}
