/// Finds what is wrong with a template although it reads well: unknown filters, blocks defined
/// twice, `break` outside a loop.
///
/// As in Jinja2, an unknown filter or test inside an `if` is no error before it is reached.
struct TemplateChecker {
    private(set) var faults: [Parser.Fault] = []
    private var isSoft = false
    private var loopDepth = 0

    static func check(_ body: [Statement], _ facts: TemplateFacts) -> [Parser.Fault] {
        var checker = TemplateChecker()
        var names: Set<String> = []
        for placed in facts.blocks where !names.insert(placed.block.name).inserted {
            checker.fail("block '\(placed.block.name)' is defined twice", placed.offset)
        }
        checker.check(body)
        // The body of a block is compiled on its own, where no `if` around it counts.
        return checker.faults
    }

    /// Notes a mistake; the message, and the search for a hint, only where it will be listed.
    private mutating func fail(_ message: @autoclosure () -> String, _ offset: Int32) {
        guard faults.count < JinjaLimits.errorsReported else { return }
        faults.append(Parser.Fault(message: message(), offset: offset, kind: .assertion))
    }

    private mutating func check(_ body: [Statement]) {
        for statement in body { check(statement) }
    }

    private mutating func check(_ statement: Statement) {
        switch statement.kind {
        case .choice(let branches, let otherwise):
            let wasSoft = isSoft
            isSoft = true
            for branch in branches {
                check(branch.test)
                check(branch.body)
            }
            check(otherwise)
            isSoft = wasSoft
        case .loop(let loop): check(loop)
        case .macro(let macro), .callBlock(_, let macro):
            for expression in statement.expressions { check(expression) }
            check(macro)
        case .block(let block):
            inFunction { $0.check(block.body) }
        case .breakLoop where loopDepth == 0: fail("'break' outside of a loop", statement.offset)
        case .continueLoop where loopDepth == 0:
            fail("'continue' outside of a loop", statement.offset)
        default:
            for expression in statement.expressions { check(expression) }
            let wasSoft = isSoft
            isSoft = false
            for body in statement.bodies { check(body) }
            isSoft = wasSoft
        }
    }

    private mutating func inFunction(_ body: (inout TemplateChecker) -> Void) {
        let before = (isSoft, loopDepth)
        (isSoft, loopDepth) = (false, 0)
        body(&self)
        (isSoft, loopDepth) = before
    }

    private mutating func check(_ loop: Statement.ForLoop) {
        check(loop.iterable)
        let wasSoft = isSoft
        isSoft = false
        if let test = loop.test { check(test) }
        if let offset = LoopAssignment.find(in: loop) {
            fail("cannot assign to the special variable 'loop' inside a loop", offset)
        }
        loopDepth += 1
        check(loop.body)
        loopDepth -= 1
        check(loop.otherwise)
        isSoft = wasSoft
    }

    private mutating func check(_ macro: Statement.Macro) {
        var names: Set<String> = []
        for parameter in macro.parameters {
            if !names.insert(parameter.name).inserted {
                fail("parameter '\(parameter.name)' is there twice", parameter.offset)
            }
        }
        let usesCaller = UndeclaredNames.among(["caller"], in: macro.body).contains("caller")
        for parameter in macro.parameters where usesCaller && parameter.name == "caller" {
            if parameter.defaultValue == nil {
                fail("the parameter 'caller' needs a default", parameter.offset)
            }
        }
        inFunction { checker in
            for parameter in macro.parameters {
                if let value = parameter.defaultValue { checker.check(value) }
            }
            checker.check(macro.body)
        }
    }

    private mutating func check(_ expression: Expression) {
        switch expression.kind {
        case .conditional(let test, let then, let otherwise):
            let wasSoft = isSoft
            isSoft = true
            for part in [test, then] { check(part) }
            if let otherwise { check(otherwise) }
            isSoft = wasSoft
            return
        case .filter(_, let name, _) where !isSoft && BuiltinFilter.names[name] == nil:
            fail(
                "unknown filter '\(name)'"
                    + Suggestion.hint(for: name, among: BuiltinFilter.names.keys),
                expression.offset)
        case .test(_, let name, _) where !isSoft && BuiltinTest.names[name] == nil:
            fail(
                "unknown test '\(name)'"
                    + Suggestion.hint(for: name, among: BuiltinTest.names.keys),
                expression.offset)
        case .call(_, let arguments), .filter(_, _, let arguments), .test(_, _, let arguments):
            var names: Set<String> = []
            for keyword in arguments.keywords where !names.insert(keyword.name).inserted {
                fail("argument '\(keyword.name)' is there twice", keyword.value.offset)
            }
        default: break
        }
        for child in expression.children { check(child) }
    }
}

/// Finds an assignment to `loop` in a loop's target or body.
enum LoopAssignment {
    static func find(in loop: Statement.ForLoop) -> Int32? {
        find(loop.target) ?? find(loop.body) ?? find(loop.otherwise)
    }

    private static func find(_ target: AssignmentTarget) -> Int32? {
        switch target {
        case .name(let name, let offset): return name == "loop" ? offset : nil
        case .attribute: return nil
        case .tuple(let targets, _):
            for target in targets {
                if let offset = find(target) { return offset }
            }
            return nil
        }
    }

    private static func find(_ body: [Statement]) -> Int32? {
        for statement in body {
            switch statement.kind {
            case .set(let target, _), .capture(let target, _, _):
                if let offset = find(target) { return offset }
            case .loop(let loop):
                if let offset = find(loop.target) { return offset }
            case .with(let bindings, _):
                for binding in bindings {
                    if let offset = find(binding.target) { return offset }
                }
            default: break
            }
            for inner in statement.bodies {
                if let offset = find(inner) { return offset }
            }
        }
        return nil
    }
}
