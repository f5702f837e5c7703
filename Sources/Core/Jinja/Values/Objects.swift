/// The arena objects behind the rarer kinds of values.
///
/// Each is a plain struct in the arena, reached through the address in a `Value`.

/// An arithmetic progression that is not stored.
struct RangeObject {
    var start: Int
    var stop: Int
    var step: Int
    var count: Int

    init(start: Int, stop: Int, step: Int) {
        self.start = start
        self.stop = stop
        self.step = step
        // Widths up to 2^64 do not fit Int, so the distance is taken unsigned.
        if step > 0 && start < stop {
            let distance = UInt(bitPattern: stop &- start)
            count = Int(clamping: (distance - 1) / UInt(step) + 1)
        } else if step < 0 && start > stop {
            let distance = UInt(bitPattern: start &- stop)
            count = Int(clamping: (distance - 1) / step.magnitude + 1)
        } else {
            count = 0
        }
    }

    subscript(index: Int) -> Int { start &+ index &* step }
}

/// Why a value is undefined, for the message where it is used.
struct UndefinedObject {
    enum Reason: UInt8 {
        /// No variable of that name.
        case variable
        /// The object has no such attribute or item.
        case attribute
        /// Something else: `name` is the whole message.
        case message
        /// The value of an inline `if` without `else`: never strict; `name` is the message.
        case condition
        /// Access that the sandbox refuses: use is a security error.
        case unsafe
    }

    var reason: Reason
    /// The name, key or message; may be any value for an item.
    var name: Value
    /// What was looked into.
    var object: Value
}

/// The state of one running `for` loop; `loop` of the template is a view of it.
// SAFETY: in the arena, as the record that it points to: they end together.
@safe
struct LoopObject {
    /// What is walked: a list, tuple, range, string, dict or view.
    var iterable: Value
    /// The position in `iterable`: a byte offset for strings.
    var position: Int
    /// The number of items in all, -1 where it is not known before the end.
    var length: Int
    /// The index of the current item among those that passed the loop's filter.
    var index: Int
    var depth: Int
    var previous: Value
    var current: Value
    /// The last value given to `loop.changed`.
    var changed: Value
    /// Whether a round came to its end: then the loop's `else` is not for it.
    var hasEndedRound: Bool
    /// What `loop(...)` calls in a recursive loop: the number of a body, -1 for none.
    var recursiveBody: Int32
    var outer: UnsafeMutablePointer<FrameRecord>?
}

/// A macro, a caller or a `call` block's body, with the frame it was defined in.
// SAFETY: in the arena, as the record and context that it points to: they end together.
@safe
struct MacroObject {
    var body: Int32
    var outer: UnsafeMutablePointer<FrameRecord>?
    var context: UnsafeMutablePointer<ContextObject>
}

/// The variables of a function whose macros may look back at them.
// SAFETY: in the arena, as its variables and the record around it: they end together.
@safe
struct FrameRecord {
    var locals: UnsafeMutablePointer<Value>
    var outer: UnsafeMutablePointer<FrameRecord>?
}

/// A method together with the object it was taken from.
struct MethodObject {
    var receiver: Value
    var name: Value
}

/// A `cycler` global.
struct CyclerObject {
    var items: Value
    var position: Int
}

/// A `joiner` global.
struct JoinerObject {
    var separator: Value
    var wasUsed: Bool
}

/// A block as a value: `super()` or `self.name()`.
// SAFETY: in the arena, as the context that it points to: they end together.
@safe
struct BlockObject {
    var name: Int32
    /// How far up the chain of inheritance.
    var level: Int
    var context: UnsafeMutablePointer<ContextObject>
}

/// An integer beyond 64 bits: its magnitude as little-endian 32-bit limbs.
// SAFETY: in the arena, as its limbs, of which there are `count`.
@safe
struct BigIntObject {
    var limbs: UnsafeMutablePointer<UInt32>
    var count: Int
    var isNegative: Bool
}
