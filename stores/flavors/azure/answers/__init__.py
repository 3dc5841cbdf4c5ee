"""What Azure's answers mean: one table to category, words and what to do.

The first row that fits decides, so those with a condition stand before those without.
"""

from stores.flavors.azure.answers import permissions, service, signing_in
from stores.flavors.azure.answers.row import Row

TABLE: tuple[Row, ...] = (*signing_in.ROWS, *permissions.ROWS, *service.ROWS)

__all__ = ["TABLE", "Row"]
