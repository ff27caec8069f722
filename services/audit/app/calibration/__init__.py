"""Calibration exercises at work, and how far auditors agree."""
