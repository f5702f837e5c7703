import CLibcurl
import Glibc
import Synchronization

// The memory that libcurl works with.
//
// For each request libcurl 7.88 makes about forty allocations and frees them when it is over. With
// dozens of requests in flight, that is more blocks of one size than the C library keeps at hand
// (seven), and its slow path is most of what they cost. So a transport's thread keeps what libcurl
// frees, by class of size, and hands it out again.
//
// 1. A block is one of the C library's, at least as large as its class: it may come from or go to
//    `malloc` and `free` on any thread. What a class cannot hold goes back to the C library.
// 2. A thread's blocks are touched on that thread only, and freed when it ends.

/// Keeps libcurl's freed blocks on the threads that ask for it.
// SAFETY: libcurl calls these as it would call the C library's own functions, whose contract they
// keep.
@safe
package enum LibcurlMemory {
    /// Sizes of blocks: 32 bytes, and twice as much from class to class.
    private static let smallestShift = 5
    /// The largest class holds receive buffers.
    private static let classCount = 9
    /// Bytes that one class keeps.
    private static let bytesPerClassMax = 1 << 18
    /// libcurl lets its text buffers grow from 32 bytes by doubling; most end below this.
    private static let growingBytes = 512

    /// The blocks that a thread keeps: one list for each class, linked through the blocks.
    // SAFETY: a list of free blocks, of one thread alone (2).
    @safe
    private struct Kept {
        var first: UnsafeMutableRawPointer?
        var count = 0
    }

    /// Where a thread finds its `Kept` lists; set before libcurl calls anything here.
    private static let key = Atomic<pthread_key_t>(0)

    /// Initialises libcurl with this memory; once, before all other use of libcurl.
    static func initialiseLibcurl(flags: Int) -> CURLcode {
        var new: pthread_key_t = 0
        guard unsafe pthread_key_create(&new, { unsafe LibcurlMemory.freeAll(of: $0) }) == 0 else {
            return CURLE_FAILED_INIT
        }
        key.store(new, ordering: .relaxed)
        return unsafe curl_global_init_mem(
            flags,
            { unsafe LibcurlMemory.allocate($0) },
            { unsafe LibcurlMemory.release($0) },
            { unsafe LibcurlMemory.resize($0, to: $1) },
            { unsafe LibcurlMemory.duplicate($0) },
            { unsafe LibcurlMemory.allocateZeroed($0, $1) })
    }

    /// Makes the calling thread keep what libcurl frees on it, until it ends.
    package static func keepOnThisThread() {
        guard unsafe lists() == nil else { return }
        let lists = UnsafeMutablePointer<Kept>.allocate(capacity: classCount)
        unsafe lists.initialize(repeating: Kept(), count: classCount)
        unsafe pthread_setspecific(key.load(ordering: .relaxed), lists)
    }

    @inline(__always)
    private static func lists() -> UnsafeMutablePointer<Kept>? {
        unsafe pthread_getspecific(key.load(ordering: .relaxed))?.assumingMemoryBound(to: Kept.self)
    }

    /// The smallest class whose blocks hold so many bytes.
    @inline(__always)
    private static func classHolding(_ size: Int) -> Int {
        max(0, Int.bitWidth - (size - 1).leadingZeroBitCount - smallestShift)
    }

    /// As `malloc`.
    @inline(__always)
    package static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let index = classHolding(max(size, 1))
        guard index < classCount, let list = unsafe lists()?.advanced(by: index) else {
            return unsafe malloc(size)
        }
        guard let block = unsafe list.pointee.first else {
            return unsafe malloc(1 << (index + smallestShift))
        }
        unsafe list.pointee.first = block.load(as: UnsafeMutableRawPointer?.self)
        unsafe list.pointee.count -= 1
        return unsafe block
    }

    /// As `free`.
    @inline(__always)
    package static func release(_ block: UnsafeMutableRawPointer?) {
        guard let block = unsafe block else { return }
        // The largest class that the block can serve.
        let size = unsafe malloc_usable_size(block)
        let index = Int.bitWidth - 1 - size.leadingZeroBitCount - smallestShift
        guard index >= 0, index < classCount, let list = unsafe lists()?.advanced(by: index),
            unsafe list.pointee.count < bytesPerClassMax >> (index + smallestShift)
        else { return unsafe free(block) }
        unsafe block.storeBytes(
            of: list.pointee.first, as: UnsafeMutableRawPointer?.self)
        unsafe list.pointee.first = block
        unsafe list.pointee.count += 1
    }

    /// As `realloc`, for a buffer that is likely to grow again.
    package static func resize(
        _ block: UnsafeMutableRawPointer?, to size: Int
    ) -> UnsafeMutableRawPointer? {
        guard let block = unsafe block else { return unsafe allocate(max(size, growingBytes)) }
        let present = unsafe malloc_usable_size(block)
        if size > 0, size <= present { return unsafe block }
        guard size > 0, let larger = unsafe allocate(size) else {
            return unsafe realloc(block, size)
        }
        unsafe larger.copyMemory(from: block, byteCount: present)
        unsafe release(block)
        return unsafe larger
    }

    /// As `strdup`.
    package static func duplicate(_ text: UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>? {
        guard let text = unsafe text else { return nil }
        let size = unsafe strlen(text) + 1
        guard let copy = unsafe allocate(size) else { return nil }
        unsafe copy.copyMemory(from: text, byteCount: size)
        return unsafe copy.assumingMemoryBound(to: CChar.self)
    }

    /// As `calloc`.
    package static func allocateZeroed(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
        let (bytes, overflows) = count.multipliedReportingOverflow(by: size)
        guard !overflows, let block = unsafe allocate(bytes) else { return nil }
        unsafe memset(block, 0, bytes)
        return unsafe block
    }

    /// Frees what a thread kept; called when it ends.
    private static func freeAll(of value: UnsafeMutableRawPointer?) {
        guard let lists = unsafe value?.assumingMemoryBound(to: Kept.self) else { return }
        for index in 0..<classCount {
            while let block = unsafe lists[index].first {
                unsafe lists[index].first = block.load(as: UnsafeMutableRawPointer?.self)
                unsafe free(block)
            }
        }
        unsafe lists.deallocate()
    }
}
