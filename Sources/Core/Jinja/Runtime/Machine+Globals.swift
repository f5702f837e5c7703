extension Machine {
    /// Calls a global function.
    mutating func callGlobal(
        _ callee: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        guard let function = GlobalFunction(rawValue: callee.aux) else { return .none }
        switch function {
        case .range: return try makeRange(arguments)
        case .dict:
            let dict = DictObject(&arena)
            try fill(dict, arguments)
            return dict.dict
        case .namespace:
            let dict = DictObject(&arena)
            try fill(dict, arguments)
            return dict.value(.namespace)
        case .cycler:
            guard arguments.keywordCount == 0 else {
                throw fault(.type, "cycler() takes no named arguments")
            }
            guard arguments.positional > 0 else {
                throw fault(.runtime, "cycler() needs at least one item")
            }
            let cycler = CyclerObject(items: arguments.tuple(&arena), position: 0)
            return unsafe Value(.cycler, at: arena.box(cycler))
        case .joiner:
            let bound = try bind(arguments, ["sep"], required: 0, "function 'joiner'")
            let separator = bound[0].isAbsent ? Value(Text(", ")) : bound[0]
            let joiner = JoinerObject(separator: separator, wasUsed: false)
            return unsafe Value(.joiner, at: arena.box(joiner))
        case .lipsum: return try makeLipsum(arguments)
        }
    }

    /// What `range` gives for its arguments.
    mutating func makeRange(_ arguments: CallArguments) throws(Fault) -> Value {
        try spend(1)
        if arguments.positional == 1 && arguments.keywordCount == 0, arguments[0].tag == .int,
            arguments[0].int <= JinjaLimits.rangeItems
        {
            let range = RangeObject(start: 0, stop: arguments[0].int, step: 1)
            return unsafe Value(.range, at: arena.box(range))
        }
        guard arguments.keywordCount == 0, (1...3).contains(arguments.positional) else {
            throw fault(.type, "range() takes 1 to 3 integers")
        }
        for i in 0..<arguments.positional where arguments[i].tag == .bigInt {
            throw fault(.overflow, "range() of integers beyond 64 bits is not allowed")
        }
        let first = try integer(arguments[0], default: 0, "start")
        let second = try integer(arguments[1], default: first, "stop")
        let step = try integer(arguments[2], default: 1, "step")
        guard step != 0 else { throw fault(.value, "the step of range() cannot be 0") }
        let start = arguments.positional == 1 ? 0 : first
        let range = RangeObject(start: start, stop: second, step: step)
        guard range.count <= JinjaLimits.rangeItems else {
            throw fault(
                .overflow, "range() of more than \(JinjaLimits.rangeItems) items is not allowed")
        }
        return unsafe Value(.range, at: arena.box(range))
    }

    // MARK: Placeholder text

    private static let words: [StaticString] = [
        "ad", "aliquam", "amet", "ante", "arcu", "at", "augue", "class", "condimentum", "congue",
        "cras", "cum", "curae", "dapibus", "diam", "dictum", "dolor", "donec", "dui", "egestas",
        "elit", "enim", "erat", "eros", "est", "et", "etiam", "eu", "felis", "fusce", "hac",
        "iaculis",
        "id", "in", "ipsum", "justo", "lacus", "lectus", "leo", "libero", "lorem", "magna", "massa",
        "mauris", "metus", "mi", "morbi", "nam", "nec", "nisi", "nulla", "nunc", "odio", "orci",
        "pede", "porta", "proin", "purus", "quam", "risus", "sed", "sem", "sit", "sociis", "tellus",
        "tempor", "tortor", "turpis", "ut", "varius", "velit", "vitae", "vivamus",
    ]

    /// Paragraphs of made-up text: the same ones for the same seed.
    private mutating func makeLipsum(_ arguments: CallArguments) throws(Fault) -> Value {
        let bound = try bind(
            arguments, ["n", "html", "min", "max"], required: 0, "function 'lipsum'")
        let paragraphs = try integer(bound[0], default: 5, "n")
        let isHTML = try flag(bound[1], default: true)
        let least = try integer(bound[2], default: 20, "min")
        let most = try integer(bound[3], default: 100, "max")
        guard least < most else { throw fault(.value, "'min' must be less than 'max'") }
        guard paragraphs <= 1000 && most <= 10_000 else {
            throw fault(.limit, "lipsum() of that size is not allowed")
        }
        return try build(isMarkup: isHTML) { machine throws(Fault) in
            for i in 0..<max(paragraphs, 0) {
                if i > 0 { machine.out.append(isHTML ? "\n" : "\n\n") }
                if isHTML { machine.out.append("<p>") }
                try machine.appendParagraph(
                    max(least, 1) + Int(machine.nextRandom() % UInt64(most - least)))
                if isHTML { machine.out.append("</p>") }
            }
        }
    }

    private mutating func appendParagraph(_ count: Int) throws(Fault) {
        try spend(count)
        var startsSentence = true
        for i in 0..<count {
            let word = Text(Machine.words[Int(nextRandom() % UInt64(Machine.words.count))])
            if i > 0 { out.append(UInt8(ascii: " ")) }
            CaseMapping.append(word, startsSentence ? .capitalize : .lower, to: &out)
            let isLast = i == count - 1
            startsSentence = isLast || (i > 3 && nextRandom() % 10 == 0)
            if startsSentence {
                out.append(UInt8(ascii: "."))
            } else if nextRandom() % 8 == 0 {
                out.append(UInt8(ascii: ","))
            }
        }
        try checkOutputOfBuild()
    }
}
