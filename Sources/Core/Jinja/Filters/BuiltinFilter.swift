/// The filters of a template and the parameters of each.
enum BuiltinFilter: UInt8, CaseIterable {
    case abs, attr, batch, capitalize, center, defaultValue, dictsort, escape, filesizeformat
    case first, float, forceescape, format, groupby, indent, int, items, join, last, length, list
    case lower, map, max, min, pprint, random, reject, rejectattr, replace, reverse, round, safe
    case select, selectattr, slice, sort, string, striptags, sum, title, tojson, trim, truncate
    case unique, upper, urlencode, urlize, wordcount, wordwrap, xmlattr

    /// Every name, with the aliases.
    static let names: [String: BuiltinFilter] = {
        var names: [String: BuiltinFilter] = [:]
        for filter in allCases { names["\(filter)"] = filter }
        names["defaultValue"] = nil
        names["default"] = .defaultValue
        names["d"] = .defaultValue
        names["e"] = .escape
        names["count"] = .length
        return names
    }()

    /// What may be given behind the value.
    struct Signature: Sendable {
        let parameters: [String]
        let required: Int
        /// Whether more arguments are taken as they come, named or not.
        let isVariadic: Bool

        init(_ parameters: [String] = [], required: Int = 0, isVariadic: Bool = false) {
            self.parameters = parameters
            self.required = required
            self.isVariadic = isVariadic
        }
    }

    static let signatures: [Signature] = allCases.map(\.declaredSignature)

    var signature: Signature { BuiltinFilter.signatures[Int(rawValue)] }

    private var declaredSignature: Signature {
        switch self {
        case .attr: Signature(["name"], required: 1)
        case .batch: Signature(["linecount", "fill_with"], required: 1)
        case .center: Signature(["width"])
        case .defaultValue: Signature(["default_value", "boolean"])
        case .dictsort: Signature(["case_sensitive", "by", "reverse"])
        case .filesizeformat: Signature(["binary"])
        case .float: Signature(["default"])
        case .format, .map, .select, .selectattr, .reject, .rejectattr:
            Signature(isVariadic: true)
        case .groupby: Signature(["attribute", "default", "case_sensitive"], required: 1)
        case .indent: Signature(["width", "first", "blank"])
        case .int: Signature(["default", "base"])
        case .join: Signature(["d", "attribute"])
        case .max, .min: Signature(["case_sensitive", "attribute"])
        case .replace: Signature(["old", "new", "count"], required: 2)
        case .round: Signature(["precision", "method"])
        case .slice: Signature(["slices", "fill_with"], required: 1)
        case .sort: Signature(["reverse", "case_sensitive", "attribute"])
        case .sum: Signature(["attribute", "start"])
        case .tojson: Signature(["indent"])
        case .trim: Signature(["chars"])
        case .truncate: Signature(["length", "killwords", "end", "leeway"])
        case .unique: Signature(["case_sensitive", "attribute"])
        case .urlize: Signature(["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"])
        case .wordwrap:
            Signature(["width", "break_long_words", "wrapstring", "break_on_hyphens"])
        case .xmlattr: Signature(["autospace"])
        default: Signature()
        }
    }
}
