/// The code of one body while it is being generated.
final class FunctionBuilder {
    /// The function around this one, whose locals this one can see.
    let parent: FunctionBuilder?
    /// The number of the body in the template.
    let number: Int
    let unit: Int
    var body: CodeBody
    private(set) var code: [Instruction] = []
    /// Where in the source of the unit each instruction comes from.
    private(set) var offsets: [Int32] = []
    private var locals: [Scope.Variable: Int32] = [:]
    private(set) var depth: Int32 = 0
    /// Whether the last instruction may take in the text that follows it.
    private var canExtendText = false
    /// Locals that hold loop and capture state and are free again.
    private var freeScratch: [Int32] = []

    init(parent: FunctionBuilder?, number: Int, unit: Int, kind: CodeBody.Kind) {
        self.parent = parent
        self.number = number
        self.unit = unit
        body = CodeBody(kind: kind)
        body.unit = Int32(unit)
    }

    var here: Int32 { Int32(code.count) }

    // MARK: Locals

    func local(_ variable: Scope.Variable) -> Int32 {
        if let local = locals[variable] { return local }
        let local = body.localCount
        body.localCount += 1
        locals[variable] = local
        return local
    }

    func scratch() -> Int32 {
        if let free = freeScratch.popLast() { return free }
        body.localCount += 1
        return body.localCount - 1
    }

    func release(_ scratch: Int32) { freeScratch.append(scratch) }

    // MARK: Code

    /// Appends an instruction that leaves `effect` more values on the stack than it found.
    @discardableResult
    func emit(_ instruction: Instruction, effect: Int32, at offset: Int32) -> Int {
        code.append(instruction)
        offsets.append(offset)
        depth += effect
        body.stackDepth = max(body.stackDepth, depth)
        canExtendText = instruction.operation == .emitText
        return code.count - 1
    }

    /// Says that the stack is as it was `count` values ago: behind a jump away from here.
    func unwind(_ count: Int32) { depth -= count }

    /// Appends literal text, which continues the literal before it where nothing jumps between.
    func emitText(start: Int32, count: Int32, at offset: Int32) {
        if canExtendText, let last = code.last, last.b + last.c == start {
            code[code.count - 1].c += count
            return
        }
        emit(Instruction(operation: .emitText, b: start, c: count), effect: 0, at: offset)
    }

    /// Makes the jump at `index` come here.
    func land(_ index: Int) {
        canExtendText = false
        switch code[index].operation {
        case .nextItem, .nextItemStore, .jumpIfLooped, .defaultArgument: code[index].c = here
        default: code[index].b = here
        }
    }

    /// Makes the jump at `index` go to an earlier place.
    func redirect(_ index: Int, to place: Int32) { code[index].b = place }

    /// Marks this place as one that is jumped to.
    func label() -> Int32 {
        canExtendText = false
        return here
    }

    /// The code with its jumps counted from `start`.
    func relocated(to start: Int32) -> [Instruction] {
        code.map { instruction in
            var moved = instruction
            switch instruction.operation {
            case .jump, .jumpIfFalse, .jumpIfTrue, .jumpIfFalseOrPop, .jumpIfTrueOrPop,
                .jumpIfDefinedOrPop, .compareChain, .jumpIfExtending:
                moved.b += start
            case .nextItem, .nextItemStore, .loopBack, .jumpIfLooped, .defaultArgument:
                moved.c += start
            default: break
            }
            return moved
        }
    }
}
