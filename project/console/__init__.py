"""What every page of the admin console shares: whose things a page shows, and how it is drawn.

Kept here and in the templates, the admin's theme could be changed without touching the pages.
"""

from project.console.lists import Audited, ConsoleAdmin, ConsoleList, HistoryAdmin, VisibleOnly
from project.console.owned import OwnedAdmin
from project.console.pages import draw, find, page, typed_number

__all__ = [
    "Audited",
    "ConsoleAdmin",
    "ConsoleList",
    "HistoryAdmin",
    "OwnedAdmin",
    "VisibleOnly",
    "draw",
    "find",
    "page",
    "typed_number",
]
