/// A place in a JSON value, written as a JSON pointer (RFC 6901).
struct Pointer {
    /// The pointer, empty for the whole value.
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The field `name` of the object at this place; a very long name is shortened.
    func field(_ name: String) -> Pointer {
        var step = ""
        for scalar in shortened(name).unicodeScalars {
            switch scalar {
            case "~": step += "~0"
            case "/": step += "~1"
            default: step.unicodeScalars.append(scalar)
            }
        }
        return Pointer("\(text)/\(step)")
    }

    /// The item `index` of the array at this place.
    func item(_ index: Int) -> Pointer {
        Pointer("\(text)/\(index)")
    }
}

/// A name from outside as mistakes repeat it.
///
/// The bytes are counted first: one character may have any number of them.
func shortened(_ name: String) -> String {
    let limit = FilterLimits.shownCharacters
    guard name.utf8.count > limit else { return name }
    let scalars = name.unicodeScalars.prefix(limit)
    return scalars.endIndex == name.unicodeScalars.endIndex ? name : String(scalars) + "…"
}
