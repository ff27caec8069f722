"""A tool as an XLSForm workbook and back: the spreadsheet form standard (xlsform.org), so that QA leads work in Excel.

Every part of a tool stands in a sheet and a column that the standard has; docs/tools.md lists them.
"""
