/// The methods of strings, lists, dicts and numbers.
///
/// A call that is written out in a template carries the number of its method in the constant of
/// its name, so that no text is compared at run time.
enum BuiltinMethod: UInt16, CaseIterable {
    // Starts at one: a constant without a method has zero.
    case append = 1
    case capitalize, casefold, center, clear, copy, count, encode, endswith, expandtabs, extend
    case find, format, formatMap, fromkeys, get, index, insert, isInteger, isalnum, isalpha, isascii
    case isdecimal, isdigit, isidentifier, islower, isnumeric, isprintable, isspace, istitle
    case isupper, items, join, keys, ljust, lower, lstrip, partition, pop, popitem, remove
    case removeprefix, removesuffix, replace, reverse, rfind, rindex, rjust, rpartition, rsplit
    case rstrip, setdefault, sort, split, splitlines, startswith, strip, swapcase, title, translate
    case update, upper, values, zfill, asIntegerRatio, bitCount, bitLength, conjugate, hex
    case decode, cycle, changed, next, reset, maketrans

    /// Every name as templates write it.
    static let names: [String: BuiltinMethod] = {
        var names: [String: BuiltinMethod] = [:]
        for method in allCases {
            var name = ""
            for letter in "\(method)" {
                if letter.isUppercase { name += "_" }
                name += letter.lowercased()
            }
            names[name] = method
        }
        return names
    }()
}
