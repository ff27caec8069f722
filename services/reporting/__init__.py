"""The reporting service: facts folded from the log, and the reports made of them."""
