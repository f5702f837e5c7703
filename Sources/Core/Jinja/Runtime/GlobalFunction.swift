/// The functions that a template can call without being given them.
enum GlobalFunction: UInt16, CaseIterable {
    case range, dict, lipsum, cycler, joiner, namespace

    static let names: [String: GlobalFunction] = Dictionary(
        uniqueKeysWithValues: allCases.map { ("\($0)", $0) })
}
