/// The tests of a template: what may stand behind `is`.
enum BuiltinTest: UInt8, CaseIterable {
    case boolean, callable, defined, divisibleby, eq, escaped, even, `false`, filter, float, ge, gt
    case `in`, integer, iterable, le, lower, lt, mapping, ne, none, number, odd, sameas, sequence
    case string, test, `true`, undefined, upper

    static let names: [String: BuiltinTest] = {
        var names: [String: BuiltinTest] = [:]
        for test in allCases { names["\(test)"] = test }
        names["=="] = .eq
        names["equalto"] = .eq
        names["!="] = .ne
        names[">"] = .gt
        names["greaterthan"] = .gt
        names[">="] = .ge
        names["<"] = .lt
        names["lessthan"] = .lt
        names["<="] = .le
        return names
    }()

    /// The names of the arguments behind the value; all are needed.
    var parameters: [String] {
        switch self {
        case .divisibleby: ["num"]
        case .eq, .ne, .lt, .le, .gt, .ge: ["b"]
        case .in: ["seq"]
        case .sameas: ["other"]
        default: []
        }
    }
}
