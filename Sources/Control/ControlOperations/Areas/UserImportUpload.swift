import Audience
import Control
import ControlDirectory
import JSON

/// Carries the body of an import to the thread that reads it.
enum UserImportUpload {
    static func run(_ call: OperationCall, _ control: ControlPlane) async throws -> JSONValue {
        let pipe = BytePipe()
        let request = UserImport.Request(
            pipe, format: call.upload.format, isCompressed: try call.upload.isCompressed(),
            mode: call.parameters["mode"]?.string)
        let caller = call.caller
        async let answer = importing(control, caller, request)
        await call.upload.carry(into: pipe)
        return try await answer
    }

    private static func importing(
        _ control: ControlPlane, _ caller: Caller, _ request: UserImport.Request
    ) async throws -> JSONValue {
        defer { request.close() }
        return try await control.userImport.run(caller, request)
    }
}
