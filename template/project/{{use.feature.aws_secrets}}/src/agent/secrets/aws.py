"""aws://NAME is a secret of AWS Secrets Manager, by its name or ARN; aws://NAME#KEY a key of it.

Region and credentials come from where the AWS SDK looks for them.
"""


def read(path: str) -> str:
    import boto3  # type: ignore[import-untyped]

    client = boto3.client("secretsmanager")
    return str(client.get_secret_value(SecretId=path)["SecretString"])
