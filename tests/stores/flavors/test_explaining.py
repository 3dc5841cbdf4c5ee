"""What flavors other than Azure tell of a store: what its address means, texts to copy."""

from __future__ import annotations

from stores.flavors import FLAVORS, flavor_of
from stores.flavors.explaining import Subject


def texts(flavor: str, path: str, **configuration: str) -> dict[str, str]:
    """Each program with its text."""
    subject = Subject("raw", path, configuration, "from_secret", "their_secret")
    return {each.program: each.text for each in flavor_of(flavor).snippets(subject)}


def test_an_s3_stores_texts_lead_to_its_endpoint() -> None:
    found = texts("s3", "s3://models/team", region="eu-central-1", endpoint_url="https://m.test")

    assert found == {
        "Address": "s3://models/team",
        "ZenML": "zenml artifact-store register raw -f s3 --path=s3://models/team"
        " --authentication_secret=their_secret",
        "pandas": "import pandas as pd\n\npd.read_csv('s3://models/team/<file>.csv')",
        "aws": "aws s3 ls s3://models/team/ --endpoint-url=https://m.test",
        "Environment": "export AWS_ACCESS_KEY_ID='<access key ID>'\n"
        "export AWS_SECRET_ACCESS_KEY='<secret access key>'\n"
        "export AWS_DEFAULT_REGION=eu-central-1\n"
        "export AWS_ENDPOINT_URL_S3=https://m.test",
    }


def test_a_google_stores_texts_name_the_key_file() -> None:
    found = texts("gcp", "gs://models")

    assert found == {
        "Address": "gs://models",
        "ZenML": "zenml artifact-store register raw -f gcp --path=gs://models"
        " --authentication_secret=their_secret",
        "pandas": "import pandas as pd\n\npd.read_csv('gs://models/<file>.csv')",
        "gcloud": "gcloud storage ls gs://models/",
        "Environment": "export GOOGLE_APPLICATION_CREDENTIALS='<path of the key file>'",
    }


def test_a_store_that_cannot_be_opened_can_still_be_registered_elsewhere() -> None:
    assert texts("minio", "minio://models") == {
        "Address": "minio://models",
        "ZenML": "zenml artifact-store register raw -f minio --path=minio://models"
        " --authentication_secret=their_secret",
    }


def test_what_an_address_means_names_bucket_and_endpoint() -> None:
    s3 = FLAVORS["s3"].explain("s3://models/team/", {"region": "eu-central-1"}, "", "", {})
    google = FLAVORS["gcp"].explain("gs://models", {}, "", "", {})

    assert s3.facts == (
        ("Address", "`s3://models/team`"),
        ("Bucket", "`models`"),
        ("At", "`https://s3.eu-central-1.amazonaws.com`"),
    )
    assert google.facts == (
        ("Address", "`gs://models`"),
        ("Bucket", "`models`"),
        ("At", "`https://storage.googleapis.com`"),
    )
