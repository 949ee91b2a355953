"""gcp://PROJECT/NAME is the newest version of a secret of Google Secret Manager.

gcp://PROJECT/NAME/VERSION is another one. Credentials are the application's default ones.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient


def read(path: str) -> str:
    project, name, version = [*path.split("/"), "latest"][:3]
    found = connect().access_secret_version(
        name=f"projects/{project}/secrets/{name}/versions/{version}"
    )
    return found.payload.data.decode()


def connect() -> "SecretManagerServiceClient":
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient

    return SecretManagerServiceClient(transport="rest")
