package struct TemplateError: Error, CustomStringConvertible { package var description: String { "" } }
package struct ParsedTemplate: Sendable { let s: String
    package func bind(layout: VariableLayout, others: [ParsedTemplate] = []) throws(TemplateError) -> Template { Template(s) } }
package final class Template: Sendable {
    let source: [UInt8]
    package let variables: [VariableUse] = []
    package let usedSlots: [Int] = []
    package var isConstant: Bool { true }
    init(_ s: String) { source = Array(s.utf8) }
    package static func parse(_ source: String, name: String, options: TemplateOptions = TemplateOptions()) throws(TemplateError) -> ParsedTemplate { ParsedTemplate(s: source) }
}
package struct RenderFailure: Sendable, CustomStringConvertible { package var code = 0; package var line = 1; package var column = 1; package var template = ""; package var message = ""; package var description: String { "" } }
package struct Machine: ~Copyable {
    package var reportsMissing = false
    package private(set) var missing: [String] = []
    package init() {}
    package mutating func render(_ template: Template, slots: UnsafePointer<SlotValue>, into: inout ByteBuffer) -> RenderFailure? {
        into.append(template.source); return nil
    }
}
