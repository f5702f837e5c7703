import Jinja
import MallocCounter

/// One template of the file, compiled, with the slots of its recipients.
final class BenchmarkTemplate {
    let key: String
    private let source: [UInt8]
    private let options: TemplateOptions
    /// Where the variables are, as in the product: each at top level has a slot, and so has each
    /// field of `receiver`, which are the columns of an audience.
    private let layout: VariableLayout
    private let template: Template
    /// The slots of all recipients, one recipient behind the other.
    private let slots: [SlotValue]
    private let recipients: Int
    /// What the slots point into.
    private let entry: JSONDocument

    /// Compiles an entry of the file; nil where the entry lacks something.
    init?(_ entry: JSONDocument) throws(BenchmarkFailure) {
        guard let key = entry.string("key"), let text = entry.string("template"),
            let recipients = entry.document("contexts")?.items, !recipients.isEmpty
        else { return nil }
        self.key = key
        self.entry = entry
        source = Array(text.utf8)
        var options = TemplateOptions()
        options.autoescape = entry.document("options")?.field("autoescape").kind == .true
        self.options = options

        let names = Self.names(recipients).filter { $0 != "receiver" }
        let columns = Self.names(recipients.compactMap { $0.document("receiver") })
        var roots = names.enumerated().map { VariableLayout.Field($1, .slot($0)) }
        if !columns.isEmpty {
            let fields = columns.enumerated().map { index, name in
                VariableLayout.Field(name, .slot(names.count + index))
            }
            roots.append(VariableLayout.Field("receiver", .object(fields)))
        }
        layout = VariableLayout(roots)
        slots = recipients.flatMap { recipient in
            let receiver = recipient.document("receiver")
            return names.map { recipient.field($0) }
                + columns.map { receiver?.field($0) ?? .missing }
        }
        self.recipients = recipients.count
        do {
            template = try Template.parse(source, name: key, options: options).bind(layout: layout)
        } catch {
            throw .template(key: key, error)
        }
    }

    /// The names of all fields, in the order in which they first come.
    private static func names(_ objects: [JSONDocument]) -> [String] {
        var names: [String] = []
        for object in objects { names += object.fieldNames.filter { !names.contains($0) } }
        return names
    }

    /// How long it takes to parse and bind the template: the best of as many times as fit.
    func compile(for least: Duration) throws(BenchmarkFailure) -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        var best = Duration.seconds(3_600)
        repeat {
            let before = clock.now
            do {
                let compiled = try Template.parse(source, name: key, options: options)
                    .bind(layout: layout)
                // Letting go of it is not part of compiling.
                withExtendedLifetime(compiled) {
                    best = min(best, before.duration(to: clock.now))
                }
            } catch {
                throw .template(key: key, error)
            }
        } while start.duration(to: clock.now) < least
        return best
    }

    /// The outputs for the recipients in order, a zero byte between two.
    func outputs(
        _ machine: inout Machine, _ buffer: inout ByteBuffer
    ) throws(BenchmarkFailure) -> [UInt8] {
        var outputs: [UInt8] = []
        for recipient in 0..<recipients {
            if recipient > 0 { outputs.append(0) }
            buffer.removeAll()
            try render(recipient, &machine, &buffer)
            buffer.withUnsafeBytes { outputs.append(contentsOf: $0) }
        }
        return outputs
    }

    /// Renders for one recipient after the other, whole rounds of them, after one round that warms
    /// up.
    func render(
        for least: Duration, _ machine: inout Machine, _ buffer: inout ByteBuffer
    ) throws(BenchmarkFailure) -> RenderRate {
        try renderAll(&machine, &buffer)
        let clock = ContinuousClock()
        let mallocs = malloc_counter_count()
        let start = clock.now
        var renders = 0
        var duration = Duration.zero
        repeat {
            try renderAll(&machine, &buffer)
            renders += recipients
            duration = start.duration(to: clock.now)
        } while duration < least
        let counted = malloc_counter_count() - mallocs
        return RenderRate(
            renders: renders, duration: duration,
            mallocs: malloc_counter_is_active() ? counted : nil)
    }

    private func renderAll(
        _ machine: inout Machine, _ buffer: inout ByteBuffer
    ) throws(BenchmarkFailure) {
        for recipient in 0..<recipients {
            buffer.removeAll()
            try render(recipient, &machine, &buffer)
        }
    }

    private func render(
        _ recipient: Int, _ machine: inout Machine, _ buffer: inout ByteBuffer
    ) throws(BenchmarkFailure) {
        let failure = slots.withUnsafeBufferPointer { slots in
            let width = slots.count / recipients
            // Recipients without any variable have no slots either.
            guard let first = slots.baseAddress else {
                return machine.render(template, into: &buffer)
            }
            return machine.render(template, slots: first + width * recipient, into: &buffer)
        }
        if let failure { throw .render(key: key, failure) }
    }
}
