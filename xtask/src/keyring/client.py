"""Signs in, or shows that somebody has, with Microsoft's Python client and its persistent cache.

client.py write|read AUTHORITY TENANT NAME encrypted|clear

`write` signs in by device code, which the embedded Entra approves, and prints the authentication record.
`read` takes a record from standard input and wants a token without anybody signing in.
"""

import sys

from azure.identity import AuthenticationRecord, DeviceCodeCredential, TokenCachePersistenceOptions

SCOPE = "https://vault.azure.net/.default"

what, authority, tenant, name, protection = sys.argv[1:]
options = dict(
    disable_instance_discovery=True,
    prompt_callback=lambda *_: None,
    cache_persistence_options=TokenCachePersistenceOptions(
        name=name, allow_unencrypted_storage=protection == "clear"
    ),
)
if what == "write":
    credential = DeviceCodeCredential(authority=authority, tenant_id=tenant, **options)
    print(credential.authenticate(scopes=[SCOPE]).serialize())
else:
    read = AuthenticationRecord.deserialize(sys.stdin.read())
    # The record names the authority as a host. This client takes a port, which only an embedded Entra has, for a path.
    record = AuthenticationRecord(
        read.tenant_id, read.client_id, f"https://{read.authority}", read.home_account_id, read.username
    )
    silent = DeviceCodeCredential(
        authentication_record=record, disable_automatic_authentication=True, **options
    )
    assert silent.get_token(SCOPE).token
