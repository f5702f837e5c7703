/// The names of the methods that values have.
enum MethodNames {
    static let dict: Set<String> = [
        "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault",
        "update", "values",
    ]

    static let list: Set<String> = [
        "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove",
        "reverse", "sort",
    ]

    static let tuple: Set<String> = ["count", "index"]

    static let string: Set<String> = [
        "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
        "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
        "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper",
        "join", "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix",
        "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip",
        "split", "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper",
        "zfill",
    ]

    static let integer: Set<String> = [
        "as_integer_ratio", "bit_count", "bit_length", "conjugate", "from_bytes", "to_bytes",
    ]

    static let float: Set<String> = [
        "as_integer_ratio", "conjugate", "fromhex", "hex", "is_integer",
    ]

    /// Methods that change their list or dict: refused in an immutable sandbox.
    static let mutators: Set<String> = [
        "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse",
        "setdefault", "sort", "update",
    ]
}
