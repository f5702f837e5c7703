import Foundation

/// Reads the small files that options name.
enum InputFile {
    /// A whole file as text.
    ///
    /// - Throws: `CommandFailure` naming the option, the path and what is wrong.
    static func text(_ path: String, option: String, bytesMax: Int) throws -> String {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try handle.read(upToCount: bytesMax + 1) ?? Data()
        } catch {
            throw CommandFailure.usage(
                "\(option): cannot read \(path): \(reason(error as NSError))")
        }
        guard data.count <= bytesMax else {
            throw CommandFailure.usage("\(option): \(path) has more than \(bytesMax) bytes")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure.usage("\(option): \(path) is not UTF-8")
        }
        return text
    }

    /// What the system says of a failure, such as "Is a directory".
    static func reason(_ error: NSError) -> String {
        if error.domain == NSPOSIXErrorDomain {
            return unsafe String(cString: strerror(Int32(error.code)))
        }
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(cause) }
        return error.localizedFailureReason ?? error.localizedDescription
    }
}
