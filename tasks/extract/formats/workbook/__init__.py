"""Workbooks of Excel: sheets whose tables the layouts of banks describe."""
