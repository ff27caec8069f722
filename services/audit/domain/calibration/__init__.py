"""Calibration exercises: many auditors grade one case, the QA unit agrees the grade."""
