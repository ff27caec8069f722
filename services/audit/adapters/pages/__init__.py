"""The audit service's pages: one's audits, and the copy of the audit tool that others are sent a link to."""
