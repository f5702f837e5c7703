import CurlTransport
import Structures
import Testing
import UVLoop

@Suite struct LibcurlMemoryTests {
    @Test(
        "Blocks keep what is written to them, whatever else is taken, grown and freed",
        arguments: [true, false])
    func blocksKeepTheirBytes(keeps: Bool) throws {
        try LibcurlRuntime.require()
        let thread = try LoopThread {
            if keeps { LibcurlMemory.keepOnThisThread() }
            var pool = BlockPool()
            var random = SystemRandomNumberGenerator()
            for _ in 0..<20_000 { pool.step(&random) }
            pool.releaseAll()
            #expect(pool.damaged == 0)
        }
        thread.join()
    }

    @Test("What one thread took, another may free")
    func blocksCrossThreads() throws {
        try LibcurlRuntime.require()
        let blocks = Blocks()
        let taker = try LoopThread {
            LibcurlMemory.keepOnThisThread()
            blocks.addresses.withLock { blocks in
                for size in 0..<600 {
                    blocks.append(unsafe UInt(bitPattern: LibcurlMemory.allocate(size * 20)))
                }
            }
        }
        taker.join()
        let freer = try LoopThread {
            LibcurlMemory.keepOnThisThread()
            for address in blocks.addresses.withLock({ $0 }) {
                unsafe LibcurlMemory.release(UnsafeMutableRawPointer(bitPattern: address))
            }
        }
        freer.join()
    }

    @Test("A block for more than there is in the address space is refused")
    func impossibleSizesAreRefused() throws {
        try LibcurlRuntime.require()
        #expect(unsafe LibcurlMemory.allocateZeroed(.max, 16) == nil)
    }
}

/// The addresses of blocks that go from one thread to another.
private final class Blocks: Sendable {
    let addresses = Guarded<[UInt]>([])
}

/// Blocks of random sizes, each filled with a byte of its own.
private struct BlockPool {
    @safe
    private struct Block {
        var start: UnsafeMutableRawPointer
        var size: Int
        var filler: UInt8
    }

    private var blocks: [Block] = []
    private(set) var damaged = 0

    mutating func step(_ random: inout SystemRandomNumberGenerator) {
        let size = Int.random(in: 1...(Bool.random(using: &random) ? 200 : 20_000), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: unsafe add(unsafe LibcurlMemory.allocate(size), size, &random)
        case 1:
            let block = unsafe LibcurlMemory.allocateZeroed(1, size)
            if let block = unsafe block {
                for at in 0..<size where unsafe block.load(fromByteOffset: at, as: UInt8.self) != 0
                {
                    damaged += 1
                }
            }
            unsafe add(unsafe block, size, &random)
        case 2 where !blocks.isEmpty:
            let index = Int.random(in: 0..<blocks.count, using: &random)
            blocks.swapAt(index, blocks.count - 1)
            let old = blocks.removeLast()
            check(old, upTo: min(old.size, size))
            guard let grown = unsafe LibcurlMemory.resize(old.start, to: size) else { return }
            unsafe check(
                Block(start: grown, size: size, filler: old.filler), upTo: min(old.size, size))
            unsafe add(unsafe grown, size, &random)
        default:
            guard blocks.count > 100 || Bool.random(using: &random), !blocks.isEmpty else { return }
            let index = Int.random(in: 0..<blocks.count, using: &random)
            blocks.swapAt(index, blocks.count - 1)
            release(blocks.removeLast())
        }
    }

    mutating func releaseAll() {
        while let block = blocks.popLast() { release(block) }
    }

    private mutating func add(
        _ start: UnsafeMutableRawPointer?, _ size: Int, _ random: inout SystemRandomNumberGenerator
    ) {
        guard let start = unsafe start else {
            damaged += 1
            return
        }
        let filler = UInt8.random(in: 0...255, using: &random)
        unsafe start.initializeMemory(as: UInt8.self, repeating: filler, count: size)
        unsafe blocks.append(Block(start: start, size: size, filler: filler))
    }

    private mutating func release(_ block: Block) {
        check(block, upTo: block.size)
        unsafe LibcurlMemory.release(block.start)
    }

    private mutating func check(_ block: Block, upTo size: Int) {
        for at in 0..<size
        where unsafe block.start.load(fromByteOffset: at, as: UInt8.self) != block.filler {
            damaged += 1
        }
    }
}
