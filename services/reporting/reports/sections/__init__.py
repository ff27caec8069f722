"""The sections of the reports: each makes its heading, charts and tables from a window's printed figures."""
