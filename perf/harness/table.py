"""Plain tables for terminals and for pasting into a page."""

from __future__ import annotations


class Table:
    """Rows under headings; the first column is text, the others are aligned to the right."""

    def __init__(self, headings: list[str]) -> None:
        self._rows = [headings]

    def add(self, row: list[str]) -> None:
        """Adds a row with as many cells as there are headings."""
        self._rows.append(row)

    def print(self) -> None:
        """Prints the table, then an empty line."""
        widths = [max(len(row[i]) for row in self._rows) for i in range(len(self._rows[0]))]
        for number, row in enumerate(self._rows):
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            print("  ".join(cells).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))
        print(flush=True)
