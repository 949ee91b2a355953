"""azure://VAULT/NAME is a secret of an Azure Key Vault, by the name or the host of the vault.

Credentials are those that `DefaultAzureCredential` finds: a managed identity, or its variables.
"""


def read(path: str) -> str:
    from azure.identity import DefaultAzureCredential
    from azure.keyvault.secrets import SecretClient

    vault, _, name = path.partition("/")
    host = vault if "." in vault else f"{vault}.vault.azure.net"
    with DefaultAzureCredential() as login, SecretClient(f"https://{host}", login) as client:
        return client.get_secret(name).value or ""
