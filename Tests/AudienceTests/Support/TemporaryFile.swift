import Glibc

/// The directory for temporary files.
let temporaryDirectory: String =
    unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"

/// A file that is removed when its test is over.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8] = [], suffix: String = "") {
        var template = Array("\(temporaryDirectory)/audience-test-XXXXXX\(suffix)".utf8CString)
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { path in
            unsafe mkstemps(path.baseAddress!, Int32(suffix.utf8.count))
        }
        precondition(descriptor >= 0)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let written = unsafe bytes.withUnsafeBytes { bytes in
            unsafe write(descriptor, bytes.baseAddress, bytes.count)
        }
        precondition(written == bytes.count)
        close(descriptor)
    }

    deinit { unsafe unlink(path) }

    /// What the file holds now.
    var content: String {
        let descriptor = unsafe open(path, O_RDONLY)
        defer { close(descriptor) }
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { block in
                unsafe read(descriptor, block.baseAddress, block.count)
            }
            if count <= 0 { return String(decoding: result, as: UTF8.self) }
            result += block.prefix(count)
        }
    }
}
