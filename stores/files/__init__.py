"""A store as files: what ZenML's artifact stores offer, the same for every flavor.

Built over the `Backend` contract alone. Knows no flavor, no database and no Celery.
"""

from stores.files.errors import as_os_error, os_error
from stores.files.interface import Files, Stat

__all__ = ["Files", "Stat", "as_os_error", "os_error"]
