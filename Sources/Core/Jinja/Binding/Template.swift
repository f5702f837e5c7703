/// A compiled template: instructions, constants and where they came from.
///
/// Nothing changes after it was made, so that all shards share one. Its memory (instructions,
/// bodies, literals and constants) lives exactly as long as it does; values of a render point
/// into it, and a machine keeps it alive while it renders.
// SAFETY: the buffers are filled by `init`, freed by `deinit` and only read in between, so threads
// may share them; indexes into them are the compiler's own.
@safe
package final class Template: @unchecked Sendable {
    /// The name of the main template.
    package let name: String
    /// How the main template was read, and what its output becomes.
    package let options: TemplateOptions
    /// The numbers of the caller's slots that the template reads, in the order in which it knows
    /// them: nobody needs to fill the others.
    package let usedSlots: [Int]

    let code: UnsafeMutableBufferPointer<Instruction>
    let bodies: UnsafeMutableBufferPointer<CodeBody>
    let literals: UnsafeMutableBufferPointer<UInt8>
    let constants: UnsafeMutableBufferPointer<Value>
    /// The caller's number of each slot.
    let slots: UnsafeMutableBufferPointer<Int32>
    let shapes: UnsafeMutableBufferPointer<CallShape>
    let keywordNames: UnsafeMutableBufferPointer<Value>
    let parameterNames: UnsafeMutableBufferPointer<Value>
    let localMaps: [[TemplateCompiler.LocalMapEntry]]
    let objects: [TemplateCompiler.LayoutObject]
    let unitBodies: [Int32]
    let unitBlocks: [[(name: Int32, body: Int32)]]
    /// The text of each name that contexts know.
    let names: [String]
    /// The same as texts that live as long as the template.
    let nameTexts: [Text]
    let unitNumbers: [String: Int32]
    let usesMutators: Bool
    /// The top-level names of the layout, for messages.
    let rootNames: [String]
    private let memory: ConstantMemory
    private let sources: [Source]
    private let offsets: [Int32]

    init(_ compiler: TemplateCompiler) {
        let main = compiler.units[0]
        name = main.name
        options = main.options
        usedSlots = compiler.slots
        var code: [Instruction] = []
        var offsets: [Int32] = []
        for function in compiler.functions {
            let start = Int32(code.count)
            function.body.start = start
            code += function.relocated(to: start)
            offsets += function.offsets
        }
        self.offsets = offsets
        unsafe self.code = Template.copy(code)
        unsafe bodies = Template.copy(compiler.functions.map(\.body))
        unsafe literals = Template.copy(compiler.literals)
        unsafe constants = Template.copy(compiler.pool.values)
        unsafe slots = Template.copy(compiler.slots.map { Int32($0) })
        unsafe keywordNames = Template.copy(
            compiler.keywordNames.map { compiler.pool.values[Int($0)] })
        unsafe parameterNames = Template.copy(
            compiler.parameterNames.map { compiler.pool.values[Int($0)] })
        unsafe shapes = Template.copy(compiler.shapes)
        localMaps = compiler.localMaps
        objects = compiler.objects
        unitBodies = compiler.unitBodies
        unitBlocks = compiler.unitBlocks
        names = compiler.names.sorted { $0.value < $1.value }.map(\.key)
        nameTexts = names.map { compiler.pool.text($0) }
        unitNumbers = Dictionary(
            compiler.units.enumerated().map { ($1.name, Int32($0)) }, uniquingKeysWith: { $1 })
        usesMutators = compiler.usesMutators
        rootNames = compiler.layout.roots.map(\.name)
        memory = compiler.pool.memory
        sources = compiler.units.map(\.source)
    }

    deinit {
        unsafe code.deallocate()
        unsafe bodies.deallocate()
        unsafe literals.deallocate()
        unsafe constants.deallocate()
        unsafe slots.deallocate()
        unsafe shapes.deallocate()
        unsafe keywordNames.deallocate()
        unsafe parameterNames.deallocate()
    }

    private static func copy<T>(_ array: [T]) -> UnsafeMutableBufferPointer<T> {
        let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
        _ = unsafe buffer.initialize(from: array)
        return unsafe buffer
    }

    /// The number of instructions that it was compiled to.
    package var instructionCount: Int { unsafe code.count }

    /// Whether the output is the same for every recipient.
    package var isConstant: Bool { usedSlots.isEmpty && !usesRandomness }

    private var usesRandomness: Bool {
        unsafe code.contains { instruction in
            (instruction.operation == .filter || instruction.operation == .filterDynamic)
                && instruction.b == Int32(BuiltinFilter.random.rawValue)
                || (instruction.operation == .function
                    && instruction.b == Int32(GlobalFunction.lipsum.rawValue))
        }
    }

    func unitName(_ unit: Int32) -> String { sources[Int(unit)].name }

    /// The source and offset that an instruction came from.
    func place(of instruction: Int) -> (source: Source, offset: Int)? {
        guard instruction >= 0 && instruction < offsets.count else { return nil }
        for i in unsafe bodies.indices.reversed()
        where unsafe Int(bodies[i].start) <= instruction {
            let unit = unsafe Int(bodies[i].unit)
            return (sources[unit], Int(offsets[instruction]))
        }
        return nil
    }
}

extension Template {
    /// Parses a template given as UTF-8 bytes.
    ///
    /// - Parameters:
    ///   - source: The text, at most `JinjaLimits.templateBytes` bytes.
    ///   - name: What messages and `include` call it.
    ///   - options: How it is read and put out.
    /// - Returns: The template, its syntax known to be right.
    /// - Throws: `TemplateError` with every mistake that could be found.
    package static func parse(
        _ source: [UInt8], name: String, options: TemplateOptions = TemplateOptions()
    ) throws(TemplateError) -> ParsedTemplate {
        try unsafe source.withUnsafeBufferPointer { bytes throws(TemplateError) in
            try unsafe ParsedTemplate(
                UnsafeRawBufferPointer(bytes), name: name, options: options)
        }
    }

    /// Parses a template given as a string.
    ///
    /// - Parameters:
    ///   - source: The text, at most `JinjaLimits.templateBytes` bytes.
    ///   - name: What messages and `include` call it.
    ///   - options: How it is read and put out.
    /// - Returns: The template, its syntax known to be right.
    /// - Throws: `TemplateError` with every mistake that could be found.
    package static func parse(
        _ source: String, name: String, options: TemplateOptions = TemplateOptions()
    ) throws(TemplateError) -> ParsedTemplate {
        try parse(Array(source.utf8), name: name, options: options)
    }
}
