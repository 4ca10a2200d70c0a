"""Measures one scenario with Microsoft's Python client and prints the figure.

client.py hit|fetched|herd sync|aio AUTHORITY CA_FILE
"""

import asyncio
import statistics
import sys
import threading
import time

scenario, flavour, authority, ca = sys.argv[1:]

# Ids of nobody, and a secret that opens nothing.
TENANT = "5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6"
CLIENT = "9d2c4b1a-0f3e-4d5c-8b7a-665544332211"
SECRET = "not-a-secret"
SCOPE = "https://vault.azure.net/.default"
FORM = {"grant_type": "client_credentials", "client_secret": SECRET, "scope": SCOPE, "client_id": CLIENT}

HITS, FETCHES, CALLERS = 2_000, 300, 1_000


def credential(of):
    return of(
        TENANT,
        CLIENT,
        SECRET,
        authority=authority,
        disable_instance_discovery=True,
        connection_verify=ca,
    )


def scope(index):
    return f"https://resource-{index}.example.net/.default"


def bare():
    """The median time of a POST by requests, in microseconds."""
    import requests

    times = []
    with requests.Session() as session:
        for _ in range(FETCHES):
            began = time.perf_counter()
            answer = session.post(f"{authority}/{TENANT}/oauth2/v2.0/token", data=FORM, verify=ca)
            assert answer.json()["access_token"]
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def fetched(times):
    median = statistics.median(times[20:]) * 1e6
    return f"{median:,.0f} us, {median / bare():.2f}x"


def sync():
    from azure.identity import ClientSecretCredential

    client = credential(ClientSecretCredential)
    if scenario == "hit":
        client.get_token(SCOPE)
        began = time.perf_counter()
        for _ in range(HITS):
            client.get_token(SCOPE)
        return f"{(time.perf_counter() - began) / HITS * 1e9:,.0f} ns"
    if scenario == "fetched":
        times = []
        for index in range(FETCHES):
            began = time.perf_counter()
            client.get_token(scope(index))
            times.append(time.perf_counter() - began)
        return fetched(times)
    threads = [threading.Thread(target=client.get_token, args=(SCOPE,)) for _ in range(CALLERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f"REQUESTS, {(time.perf_counter() - began) * 1e3:.0f} ms"


async def aio():
    from azure.identity.aio import ClientSecretCredential

    async with credential(ClientSecretCredential) as client:
        if scenario == "hit":
            await client.get_token(SCOPE)
            began = time.perf_counter()
            for _ in range(HITS):
                await client.get_token(SCOPE)
            return f"{(time.perf_counter() - began) / HITS * 1e9:,.0f} ns"
        if scenario == "fetched":
            times = []
            for index in range(FETCHES):
                began = time.perf_counter()
                await client.get_token(scope(index))
                times.append(time.perf_counter() - began)
            return fetched(times)
        began = time.perf_counter()
        await asyncio.gather(*(client.get_token(SCOPE) for _ in range(CALLERS)))
        return f"REQUESTS, {(time.perf_counter() - began) * 1e3:.0f} ms"


print(sync() if flavour == "sync" else asyncio.run(aio()))
