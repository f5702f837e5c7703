import Foundation
import Glibc
import Storage

/// The file that `--report` names.
///
/// It is found out before the first send that it can be written. A regular file gets its content at
/// once, under its name: whoever reads it never sees half of it.
struct ReportFile {
    private let path: String
    /// Whether it is a device or a pipe, which is written as it is.
    private let isSpecial: Bool

    /// Checks that the file can be written.
    ///
    /// - Parameters:
    ///   - path: As it was given; `nil` for no report.
    ///   - inputs: Files that the command reads, which it must not be.
    ///   - state: The state directory, whose own files it must not be; it need not be there yet.
    /// - Throws: `CommandFailure` of the command line.
    init?(_ path: String?, inputs: [String] = [], state: String?) throws {
        guard let path else { return nil }
        self.path = path
        func refuse(_ reason: String) -> CommandFailure { .usage("--report: \(path) \(reason)") }
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let folder = file.deletingLastPathComponent().path
        let isInState =
            state.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path } == folder
        if isInState, StateDirectory.isOwn(file.lastPathComponent) {
            throw refuse("is a file of the campaign itself, which it would overwrite")
        }
        let identity: FileIdentity
        do throws(StorageError) {
            identity = try FileIdentity(of: path, "check the report")
        } catch {
            guard error.code == .missing else {
                throw refuse("cannot be written: \(error.message)")
            }
            isSpecial = false
            if isInState, unsafe access(folder, F_OK) != 0 { return }
            guard !path.hasSuffix("/"), unsafe access(folder, W_OK | X_OK) == 0 else {
                throw refuse("cannot be made: \(unsafe String(cString: strerror(errno)))")
            }
            return
        }
        guard identity.kind != .folder else { throw refuse("is a folder") }
        guard unsafe access(path, W_OK) == 0 else {
            throw refuse("cannot be written: \(unsafe String(cString: strerror(errno)))")
        }
        for input in inputs where identity == (try? FileIdentity(of: input, "check the report")) {
            throw refuse("is an input of this command, which it would overwrite")
        }
        isSpecial = identity.kind == .special
    }

    /// Writes the report.
    ///
    /// - Throws: `CommandFailure` when not all of it was written.
    func write(_ text: String) throws {
        do {
            if isSpecial {
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.write(contentsOf: Data(text.utf8))
                try handle.close()
            } else {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
        } catch {
            throw CommandFailure.other(
                "cannot write the report to \(path): \(InputFile.reason(error as NSError))")
        }
    }
}
