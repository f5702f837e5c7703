package import Engine
import Glibc

/// A flight journal as a mapped file: of a shard, or of the pages whose stores have failed.
///
/// The file is allocated in full when it is made, because a store to a mapped page that the disk
/// has no room for kills the process.
// SAFETY: it owns the mapping, in which the journal lies, until `deinit`.
@safe
package struct JournalFile: ~Copyable {
    package let journal: FlightJournal
    private let base: UnsafeMutableRawPointer
    private let byteCount: Int

    /// Makes the file anew, or adopts what an earlier process left when `slots` is `nil`.
    ///
    /// - Throws: `RuntimeError` with code `journal`, naming the path.
    package init(path: String, slots: Int?) throws(RuntimeError) {
        let flags = O_RDWR | O_CLOEXEC | (slots == nil ? 0 : O_CREAT)
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw Self.failure(to: "open", path) }
        defer { close(descriptor) }
        let bytes = try Self.prepare(descriptor, slots: slots, path)
        let address = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw Self.failure(to: "map", path)
        }
        unsafe base = address
        byteCount = bytes
        journal = unsafe FlightJournal(
            adopting: address,
            slots: (bytes - FlightJournal.headerBytes) / FlightJournal.slotBytes)
    }

    /// Sizes a new file, or reads the size of an old one.
    private static func prepare(
        _ descriptor: Int32, slots: Int?, _ path: String
    ) throws(RuntimeError) -> Int {
        if let slots {
            let bytes = FlightJournal.byteCount(slots: slots)
            guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw failure(to: "size", path) }
            let code = posix_fallocate(descriptor, 0, off_t(bytes))
            guard code == 0 else {
                errno = code
                throw failure(to: "allocate", path)
            }
            return bytes
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(to: "read", path) }
        guard Int(status.st_size) >= FlightJournal.headerBytes else {
            throw RuntimeError(.journal, "\(path): not a flight journal: it is too short")
        }
        return Int(status.st_size)
    }

    private static func failure(to operation: String, _ path: String) -> RuntimeError {
        let reason = unsafe String(cString: strerror(errno))
        return RuntimeError(.journal, "\(path): cannot \(operation) the flight journal: \(reason)")
    }

    deinit { unsafe munmap(base, byteCount) }

    /// Copies the pages of a campaign out, while the file is surely mapped.
    borrowing func collect(into recovery: inout PageRecovery) {
        recovery.collect(from: journal)
    }

    /// The journal files in a directory, in the order of their names.
    package static func paths(in directory: String) -> [String] {
        guard let folder = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(
                    cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name.hasPrefix(namePrefix) { names.append("\(directory)/\(name)") }
        }
        return names.sorted()
    }

    /// The journal of the pages whose stores have failed.
    package static func unsettledPath(in directory: String) -> String {
        "\(directory)/\(namePrefix)unsettled"
    }

    /// The journal of a shard.
    package static func path(in directory: String, shard: Int) -> String {
        "\(directory)/\(namePrefix)\(shard)"
    }

    private static let namePrefix = "journal-"
}
