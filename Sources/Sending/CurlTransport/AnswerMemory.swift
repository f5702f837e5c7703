import CLibcurl
import Engine
import Glibc

// What is kept of an answer, in memory of the handle that carries the request.
//
//     [ body: up to bodyBytesMax ][ values of the named fields, as `FieldValues` has them ]
//
// 1. The memory is made when the handle is set up for a target that asks for something, and kept.
// 2. The body is copied as libcurl hands it out. libcurl puts a request on the wire again only
//    while no byte of an answer has come, so that there is never the body of two.
// 3. Fields are read off the handle when the transfer has ended: libcurl keeps them until the next
//    one begins (`curl_easy_header`, https://curl.se/libcurl/c/curl_easy_header.html).

/// The parts of the last answer on a handle.
// SAFETY: it owns the memory until `destroy`, and writes no further than `setUp` made room for.
@safe
struct AnswerMemory {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private var bodyBytesMax = 0
    private var bodyCount = 0
    private var isBodyCut = false
    private var isBodyWhole = false
    /// How many values stand behind the body; 0 before they are read.
    private var fieldCount = 0
    /// Whether the target asks for anything.
    private(set) var isAsked = false

    init() { unsafe memory = nil }

    /// Makes room for what a target asks for.
    mutating func setUp(for names: AnswerFieldNames, bodyBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
        isAsked = bodyBytesMax > 0 || names.count > 0
        let valueBytes = FieldValues.lengthBytes + EngineLimits.answerFieldBytesMax
        let needed = bodyBytesMax + names.count * valueBytes
        guard needed > capacity else { return }
        destroy()
        unsafe memory = .allocate(byteCount: needed, alignment: 8)
        capacity = needed
    }

    /// Forgets the last answer.
    @inline(__always)
    mutating func begin() {
        guard isAsked else { return }
        bodyCount = 0
        isBodyCut = false
        isBodyWhole = false
        fieldCount = 0
    }

    /// Keeps what there is room for of a piece of the body.
    @unsafe
    mutating func keep(_ piece: UnsafeRawBufferPointer) {
        let kept = min(piece.count, bodyBytesMax - bodyCount)
        if kept < piece.count { isBodyCut = true }
        guard kept > 0, let memory = unsafe memory, let source = piece.baseAddress else { return }
        unsafe (memory + bodyCount).copyMemory(from: source, byteCount: kept)
        bodyCount += kept
    }

    /// Completes the answer of a transfer that has ended.
    ///
    /// - Parameters:
    ///   - easy: The handle.
    ///   - names: The fields that the target named.
    ///   - isFinal: Whether there was an answer at all.
    ///   - isWhole: Whether it came to its end.
    mutating func finish(
        _ easy: UnsafeMutableRawPointer, _ names: AnswerFieldNames, isFinal: Bool, isWhole: Bool
    ) {
        guard isFinal else { return begin() }
        isBodyWhole = isWhole && !isBodyCut && bodyBytesMax > 0
        guard names.count > 0, let memory = unsafe memory else { return }
        var place = unsafe memory + bodyBytesMax
        for index in 0..<names.count {
            let value = unsafe names.value(index, of: easy)
            unsafe place.storeBytes(of: UInt32(value.count), as: UInt32.self)
            unsafe place += FieldValues.lengthBytes
            if let source = value.baseAddress {
                unsafe place.copyMemory(from: source, byteCount: value.count)
            }
            unsafe place += value.count
        }
        fieldCount = names.count
    }

    /// The answer where it lies.
    var view: TransferAnswer {
        guard isAsked, let memory = unsafe memory else { return TransferAnswer() }
        return unsafe TransferAnswer(
            body: UnsafeRawBufferPointer(start: memory, count: bodyCount),
            isBodyWhole: isBodyWhole,
            fields: FieldValues(start: memory + bodyBytesMax, count: fieldCount))
    }

    mutating func destroy() {
        unsafe memory?.deallocate()
        unsafe memory = nil
        capacity = 0
    }
}

/// The header fields that a target names, as C strings.
// SAFETY: the names are copies, freed by `destroy`; there are `count` of them.
@safe
struct AnswerFieldNames {
    let count: Int
    private let names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// Copies the names.
    init(_ texts: [String]) {
        count = texts.count
        unsafe names = .allocate(capacity: max(1, texts.count))
        for (index, text) in texts.enumerated() {
            unsafe (names + index).initialize(to: strdup(text))
        }
    }

    /// The value of a field of the final answer on a handle; empty when it has none that can be
    /// kept.
    ///
    /// Of interim answers and trailers nothing is taken.
    @unsafe
    func value(_ index: Int, of easy: UnsafeMutableRawPointer) -> UnsafeRawBufferPointer {
        let none = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        var header: UnsafeMutablePointer<curl_header>?
        let code = unsafe curl_easy_header(
            easy, names[index], 0, UInt32(CURLH_HEADER), -1, &header)
        guard code == CURLHE_OK, let value = unsafe header?.pointee.value else {
            return unsafe none
        }
        let length = unsafe strlen(value)
        guard length <= EngineLimits.answerFieldBytesMax else { return unsafe none }
        return unsafe UnsafeRawBufferPointer(start: value, count: length)
    }

    /// Frees the names.
    func destroy() {
        for index in 0..<count { unsafe free(names[index]) }
        unsafe names.deallocate()
    }
}
