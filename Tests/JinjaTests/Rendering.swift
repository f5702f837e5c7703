import Jinja

/// Renders a template over the fields of a JSON object, each of them a slot.
func render(
    _ source: String, _ context: String = "{}", options: TemplateOptions = TemplateOptions(),
    others: [String: String] = [:]
) throws -> String {
    try attempt(source, context, options: options, others: others).get()
}

/// A failed render as an error, for tests.
struct RenderError: Error, CustomStringConvertible {
    let failure: RenderFailure
    var description: String { failure.description }
}

/// Renders a template, or says why it could not be.
func attempt(
    _ source: String, _ context: String = "{}", options: TemplateOptions = TemplateOptions(),
    others: [String: String] = [:], machine prepare: (inout Machine) -> Void = { _ in }
) throws -> Result<String, RenderError> {
    let parsed = try Template.parse(source, name: "main", options: options)
    let parsedOthers = try others.sorted { $0.key < $1.key }.map {
        try Template.parse($0.value, name: $0.key, options: options)
    }
    guard let document = JSONDocument(Array(context.utf8)) else {
        preconditionFailure("the context of a test must be JSON")
    }
    let names = document.fieldNames
    let template = try parsed.bind(layout: VariableLayout(slots: names), others: parsedOthers)
    let slots = names.map { document.field($0) } + [.missing]
    var machine = Machine()
    prepare(&machine)
    var out = ByteBuffer()
    let failure = unsafe slots.withUnsafeBufferPointer { slots in
        unsafe machine.render(template, slots: slots.baseAddress!, into: &out)
    }
    if let failure { return .failure(RenderError(failure: failure)) }
    return .success(out.string)
}
