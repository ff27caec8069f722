"""Fact tables: a pure fold of the log and of recorded decisions, with the times each fact was known."""
