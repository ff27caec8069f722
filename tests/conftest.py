"""Fixtures for every test; they live in tests/support so that nobody imports from a conftest."""

pytest_plugins = ["tests.support.browser", "tests.support.stack"]
