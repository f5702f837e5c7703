"""The parts of a measurement, each with a function `measure(bench)`."""
