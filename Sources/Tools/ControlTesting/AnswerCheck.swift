import ControlDirectory
package import ControlOperations

/// Holds an answer against what its operation says of itself.
package enum AnswerCheck {
    /// What an answer has that its operation does not declare; empty when all is well.
    package static func mistakes(of reply: Reply, to operation: Operation) -> [String] {
        let success = operation.successes.first { $0.outcome.status == reply.status }
        if reply.status < 400, let success {
            guard case .json(let shape) = success.content else { return [] }
            return mistakes(of: reply, in: shape, operation)
        }
        guard operation.errors.contains(where: { $0.status == reply.status }) else {
            return ["\(operation.name) answers \(reply.status) undeclared: \(reply.text)"]
        }
        return mistakes(of: reply, in: Problem.shape, operation)
    }

    private static func mistakes(
        of reply: Reply, in shape: Shape, _ operation: Operation
    ) -> [String] {
        var mistakes: [FieldMistake] = []
        shape.check(reply.json, at: "", &mistakes)
        return mistakes.map { "\(operation.name): \($0.path) \($0.message)" }
    }
}
