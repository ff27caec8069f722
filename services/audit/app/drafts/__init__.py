"""Drafts: an audit being written, kept box by box."""
