/// Runs compiled templates: one per thread, reused from message to message.
///
/// It is a stack machine. Invariants:
///
/// 1. Everything that a render makes lives on the stack or in the arena and is gone at the next
///    render; a value that borrows from the page or the template outlives the render by contract.
/// 2. Calls of macros, blocks, loops and included templates push a `Frame` and go on in the same
///    loop: the depth of a template's recursion is counted, never felt by the thread's stack.
/// 3. A failure is thrown as a bare `Fault`; what there is to say is kept in `faultMessage` and
///    turned into a `RenderFailure` once, where the render ends.
/// 4. Between renders nothing of a template is kept but what `retained` holds.
// SAFETY: stack and frames are its own and bounded by checks of their ends; the rest points into
// the arena, into the template that `retained` holds, or into slots that the caller lends for one
// render.
@safe
package struct Machine: ~Copyable {
    var arena: Arena
    var out: ByteBuffer
    let stack: UnsafeMutablePointer<Value>
    let stackEnd: UnsafeMutablePointer<Value>
    let frames: UnsafeMutablePointer<Frame>
    var frameCount = 0

    // The template being rendered.
    private var retained: Template?
    var code: UnsafeMutablePointer<Instruction>
    var constants: UnsafeMutablePointer<Value>
    var literals: UnsafeMutablePointer<UInt8>
    var bodies: UnsafeMutablePointer<CodeBody>
    var slotNumbers: UnsafeMutablePointer<Int32>
    var shapes: UnsafeMutablePointer<CallShape>
    var keywordNames: UnsafeMutablePointer<Value>
    var parameterNames: UnsafeMutablePointer<Value>
    var slots: UnsafePointer<SlotValue>
    /// Slots that were read as JSON, and objects of the layout, in this render.
    var slotCache: UnsafeMutablePointer<Value>
    private var slotCacheCapacity = 0
    var cacheCount = 0
    var undefinedBehaviour = TemplateOptions.Undefined.standard
    var isImmutable = false
    /// Whether what is put out now goes into a JSON string literal.
    var escapesJSON = false

    // The function that is running.
    var locals: UnsafeMutablePointer<Value>
    var record: UnsafeMutablePointer<FrameRecord>?
    var outer: UnsafeMutablePointer<FrameRecord>?
    var context: UnsafeMutablePointer<ContextObject>
    var pc: Int32 = 0
    var sp: UnsafeMutablePointer<Value>
    var includeDepth = 0

    var fuel = 0
    var outputEnd = 0
    var faultMessage = ""
    /// The template whose compiler error is the fault, where it is one.
    var modules: [Int32: UInt] = [:]
    var lipsumState: UInt64 = 0

    /// The steps that one render may take; `JinjaLimits.fuel` unless set.
    package var fuelPerRender = JinjaLimits.fuel
    /// The bytes that one render may put out; `JinjaLimits.outputBytes` unless set.
    package var outputBytesPerRender = JinjaLimits.outputBytes
    /// Whether `missing` collects the variables that were printed although they are undefined.
    package var reportsMissing = false
    /// What the last render printed although it is undefined: names, or names of attributes.
    package private(set) var missing: [String] = []
    /// The seed of `random` and `lipsum`: equal seeds give equal texts.
    package var seed: UInt64 = 1

    /// Makes a machine with room for most messages.
    package init() {
        arena = Arena(
            chunkSize: JinjaLimits.arenaChunkBytes, limit: JinjaLimits.arenaBytes)
        out = ByteBuffer(capacity: 64)
        unsafe stack = .allocate(capacity: JinjaLimits.stackValues)
        unsafe stackEnd = stack + JinjaLimits.stackValues
        unsafe frames = .allocate(
            capacity: JinjaLimits.callDepth + JinjaLimits.includeDepth + 2)
        unsafe code = .allocate(capacity: 1)
        // Only a template gives these a meaning; until then they point at nothing in particular.
        let nowhere = unsafe UnsafeMutableRawPointer(code)
        unsafe constants = nowhere.assumingMemoryBound(to: Value.self)
        unsafe literals = nowhere.assumingMemoryBound(to: UInt8.self)
        unsafe bodies = nowhere.assumingMemoryBound(to: CodeBody.self)
        unsafe slotNumbers = nowhere.assumingMemoryBound(to: Int32.self)
        unsafe shapes = nowhere.assumingMemoryBound(to: CallShape.self)
        unsafe keywordNames = nowhere.assumingMemoryBound(to: Value.self)
        unsafe parameterNames = nowhere.assumingMemoryBound(to: Value.self)
        unsafe slots = UnsafePointer(nowhere.assumingMemoryBound(to: SlotValue.self))
        unsafe slotCache = .allocate(capacity: 1)
        unsafe locals = stack
        unsafe sp = stack
        unsafe context = nowhere.assumingMemoryBound(to: ContextObject.self)
        unsafe idleCode = unsafe code
    }

    private let idleCode: UnsafeMutablePointer<Instruction>

    deinit {
        unsafe stack.deallocate()
        unsafe frames.deallocate()
        unsafe slotCache.deallocate()
        unsafe idleCode.deallocate()
    }

    /// Renders one message behind what `buffer` already holds.
    ///
    /// It allocates nothing once the machine has seen a message of the size, unless the template
    /// meets a rare number or letter. After a failure the buffer is as it was.
    ///
    /// - Parameters:
    ///   - template: What to render.
    ///   - slots: One value for each slot of the template's layout; only those in `usedSlots` are
    ///     read. What they borrow must outlive the call.
    ///   - buffer: Where the bytes go.
    /// - Returns: Why there is no message, or nil.
    @unsafe
    package mutating func render(
        _ template: Template, slots: UnsafePointer<SlotValue>, into buffer: inout ByteBuffer
    ) -> RenderFailure? {
        unsafe prepare(template, slots)
        swap(&out, &buffer)
        defer { swap(&out, &buffer) }
        let mark = out.count
        outputEnd = mark &+ outputBytesPerRender
        do throws(Fault) {
            try start()
            try run()
            return nil
        } catch {
            out.truncate(to: mark)
            return failure(error, template)
        }
    }

    /// Renders one message without any slots.
    package mutating func render(
        _ template: Template, into buffer: inout ByteBuffer
    ) -> RenderFailure? {
        precondition(template.usedSlots.isEmpty, "a template that reads slots must be given them")
        let none = SlotValue.missing
        return unsafe withUnsafePointer(to: none) { pointer in
            unsafe render(template, slots: pointer, into: &buffer)
        }
    }

    @inline(__always)
    private mutating func prepare(_ template: Template, _ slots: UnsafePointer<SlotValue>) {
        if retained !== template { adopt(template) }
        unsafe self.slots = unsafe slots
        arena.reset()
        unsafe slotCache.update(repeating: .absent, count: cacheCount)
        fuel = fuelPerRender
        frameCount = 0
        includeDepth = 0
        if reportsMissing { missing.removeAll() }
        if !modules.isEmpty { modules.removeAll() }
        lipsumState = seed
    }

    @inline(never)
    private mutating func adopt(_ template: Template) {
        retained = template
        // A buffer without elements may have no address; nothing is read through it then.
        unsafe code = template.code.baseAddress ?? code
        unsafe constants = template.constants.baseAddress ?? constants
        unsafe literals = template.literals.baseAddress ?? literals
        unsafe bodies = template.bodies.baseAddress ?? bodies
        unsafe slotNumbers = template.slots.baseAddress ?? slotNumbers
        unsafe shapes = template.shapes.baseAddress ?? shapes
        unsafe keywordNames = template.keywordNames.baseAddress ?? keywordNames
        unsafe parameterNames = template.parameterNames.baseAddress ?? parameterNames
        undefinedBehaviour = template.options.undefined
        isImmutable = template.options.isImmutable
        cacheCount = unsafe template.slots.count + template.objects.count
        if cacheCount > slotCacheCapacity {
            unsafe slotCache.deallocate()
            slotCacheCapacity = cacheCount
            unsafe slotCache = .allocate(capacity: cacheCount)
        }
    }

    /// The template being rendered; for the rarer instructions.
    var template: Template {
        guard let retained else { preconditionFailure("a machine runs only inside render") }
        return retained
    }

    // MARK: Failures

    /// Makes a fault with a message.
    @inline(never)
    mutating func fault(_ code: FaultCode, _ message: String) -> Fault {
        faultMessage = message
        return Fault(code: code)
    }

    private func failure(_ fault: Fault, _ template: Template) -> RenderFailure {
        guard let place = template.place(of: Int(pc) - 1) else {
            return RenderFailure(
                code: fault.code, message: faultMessage, template: template.name, line: 0,
                column: 0, sourceLine: "")
        }
        return RenderFailure(
            code: fault.code, message: faultMessage, template: place.source.name,
            line: place.source.line(at: place.offset),
            column: place.source.column(at: place.offset),
            sourceLine: place.source.lineText(at: place.offset))
    }

    /// Takes `steps` off the fuel.
    @inline(__always)
    mutating func spend(_ steps: Int) throws(Fault) {
        fuel &-= steps
        if fuel < 0 || arena.isOverLimit { throw exhausted() }
    }

    @inline(never)
    private mutating func exhausted() -> Fault {
        if fuel < 0 { return fault(.limit, "the template takes more than \(fuelPerRender) steps") }
        return fault(
            .limit, "the values of the template take more than \(JinjaLimits.arenaBytes) bytes")
    }

    /// Makes sure that a string of `count` bytes may be made.
    @inline(__always)
    mutating func checkString(_ count: Int) throws(Fault) {
        if count > JinjaLimits.stringBytes || count > arena.limit - arena.used {
            throw fault(
                .limit, "a text of more than \(JinjaLimits.stringBytes) bytes is not allowed")
        }
        try spend(count &>> 6)
    }

    /// Makes sure that a list of `count` items may be made.
    mutating func checkList(_ count: Int) throws(Fault) {
        if count > JinjaLimits.listItems {
            throw fault(
                .limit, "a list of more than \(JinjaLimits.listItems) items is not allowed")
        }
        try spend(count)
    }

    /// Remembers that an undefined variable was printed.
    mutating func noteMissing(_ value: Value) {
        guard missing.count < JinjaLimits.missingReported else { return }
        let object = unsafe value.address.assumingMemoryBound(to: UndefinedObject.self)
        let name = unsafe object.pointee.name
        guard name.tag == .string else { return }
        let text = name.text.string
        if !missing.contains(text) { missing.append(text) }
    }
}

/// What a call has to bring back.
// SAFETY: it points into the machine's stack and arena, and is popped before either goes.
@safe
struct Frame {
    enum Kind: UInt8 {
        /// Its output becomes a value on the stack.
        case value
        /// Its output stays where it is.
        case output
        /// A block, whose output stays.
        case block
        /// An included template: its context ends with it.
        case include
        /// An imported template: its context becomes a value.
        case module
    }

    var kind: Kind
    var flag: UInt8
    var escapedJSON: Bool
    var returnPC: Int32
    var mark: Int
    var locals: UnsafeMutablePointer<Value>
    var sp: UnsafeMutablePointer<Value>
    var record: UnsafeMutablePointer<FrameRecord>?
    var outer: UnsafeMutablePointer<FrameRecord>?
    var context: UnsafeMutablePointer<ContextObject>
}
