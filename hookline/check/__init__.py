"""`hookline check`: try the hooks and say precisely what is wrong."""

from hookline.check.finding import Finding
from hookline.check.report import Report
from hookline.check.run import check_hooks

__all__ = ["Finding", "Report", "check_hooks"]
