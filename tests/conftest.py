"""Fixtures for every test; they live in tests/support so that nobody imports from a conftest."""

from hypothesis import settings

pytest_plugins = ["tests.support.browser", "tests.support.stack"]

settings.register_profile("sightline", deadline=None)  # no test asserts a time
settings.load_profile("sightline")
