"""Pages: what a reader sees of the reports, as HTML without scripts and as JSON."""
