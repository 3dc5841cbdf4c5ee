"""The environment of the test run, set before Django reads its settings.

Loaded as a pytest plugin by `-p`, because settings are read before any conftest. Each of
pytest-xdist's processes has a home of its own, within that of the process that started it: they
end without cleaning up.
"""

import atexit
import os
import shutil
import tempfile

from cryptography.fernet import Fernet

is_worker = "PYTEST_XDIST_WORKER" in os.environ
home = tempfile.mkdtemp(
    prefix="storeroom-tests-", dir=os.environ["STOREROOM_HOME"] if is_worker else None
)
atexit.register(shutil.rmtree, home, ignore_errors=True)

for name in list(os.environ):
    if name.startswith(("STOREROOM_", "CELERY_", "AZURE_")) and not name.startswith(
        "STOREROOM_TEST_"
    ):
        del os.environ[name]
os.environ |= {
    "STOREROOM_HOME": home,
    "SECRET_KEY": "only-for-tests-" + os.urandom(32).hex(),
    "FERNET_KEYS": Fernet.generate_key().decode(),
    "STOREROOM_LOCAL_ROOTS": os.path.join(home, "local_stores"),
    # Where the tests' own servers listen, each at a free port.
    "STOREROOM_ALLOW_HOSTS": "127.0.0.1,localhost",
    "LOG_LEVEL": "warning",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
