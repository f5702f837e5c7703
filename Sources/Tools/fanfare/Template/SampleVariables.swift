import Jinja
import SendPlans

/// One recipient's variables from a file: a JSON object of them, or a row of a JSON Lines audience,
/// with `user_id` and `variables`.
struct SampleVariables {
    let variables: JSONDocument
    private let row: JSONDocument
    private let idField: String?

    /// - Throws: `CommandFailure` naming the option, the path and what is wrong.
    init(path: String, option: String) throws {
        let row = try JSONFile.object(path, option: option)
        let names = row.fieldNames
        self.row = row
        idField = ["user_id", "userId"].first { names.contains($0) }
        if idField != nil, let inner = row.document("variables"), inner.isObject {
            variables = inner
        } else {
            variables = row
        }
    }

    var layout: VariableLayout { VariableLayout(recipient: variables.fieldNames) }

    /// Renders a template that is bound to `layout`.
    ///
    /// - Returns: The output, and the variables that were printed although they are missing.
    /// - Throws: `CommandFailure` with the place in the template.
    func render(_ template: Template) throws -> (output: String, missing: [String]) {
        let id = idField.map { row.field($0) } ?? .missing
        let slots = [id] + variables.fieldNames.map { variables.field($0) }
        var machine = Machine()
        machine.reportsMissing = true
        var output = ByteBuffer()
        let failure = unsafe slots.withUnsafeBufferPointer { slots in
            unsafe machine.render(
                template, slots: slots.baseAddress.unsafelyUnwrapped, into: &output)
        }
        if let failure { throw CommandFailure.usage("\(failure)") }
        return (output.string, machine.missing)
    }
}
