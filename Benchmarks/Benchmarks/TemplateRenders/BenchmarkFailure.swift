import Jinja

/// Why there is nothing to measure.
enum BenchmarkFailure: Error, CustomStringConvertible {
    case file(String)
    case command(String)
    case template(key: String, TemplateError)
    case render(key: String, RenderFailure)

    var description: String {
        switch self {
        case .file(let path): "\(path) has no templates in it"
        case .command(let line): "not a command: \(line)"
        case .template(let key, let error): "\(key): \(error)"
        case .render(let key, let failure): "\(key): \(failure)"
        }
    }
}
