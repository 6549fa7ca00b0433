"""Exact hits of peer caches, with a fake model: `python benchmarks/peers.py NAME [ENTRIES]`, one JSON line on stdout.

One process a peer, run by the interpreter of an environment that has it; seglam needs none of them. A peer that is not
installed is reported as skipped, with the reason. Every peer gets the questions of `timing.prompt`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from timing import prompt, timed

LOOKUPS = 300
SAMPLE = 200
MODEL = "fake-model"


def chosen(entries: int) -> list[int]:
    """Numbers of the questions that are asked again."""
    return [random.Random(3).randrange(entries) for _ in range(LOOKUPS)]


def versions(*names: str) -> dict[str, str]:
    """Installed versions of `names`."""
    return {name: metadata.version(name) for name in names}


def imported(module: str) -> dict[str, Any]:
    """Seconds of `import module` in this fresh process, without the interpreter's own start."""
    start = time.perf_counter()
    importlib.import_module(module)
    return {"seconds": time.perf_counter() - start}


def dictionary(entries: int) -> dict[str, Any]:
    """The floor: a dict from a hash of the text."""

    def key(number: int) -> str:
        return hashlib.blake2b(prompt(number).encode(), digest_size=16).hexdigest()

    table = {key(n): f"a{n}" for n in range(entries)}
    return {"get": timed(lambda n: table[key(n)], chosen(entries)), "versions": {}}


def gptcache(entries: int) -> dict[str, Any]:
    """GPTCache with its in-memory map and exact matching."""
    from gptcache import Cache
    from gptcache.adapter.api import get, put
    from gptcache.manager import manager_factory
    from gptcache.processor.pre import get_prompt
    from gptcache.similarity_evaluation import ExactMatchEvaluation

    with tempfile.TemporaryDirectory() as folder:
        cache = Cache()
        cache.init(
            pre_embedding_func=get_prompt,
            data_manager=manager_factory("map", data_dir=folder, max_size=10**7),
            similarity_evaluation=ExactMatchEvaluation(),
        )
        stored = timed(lambda n: put(prompt(n), f"a{n}", cache_obj=cache), range(entries))
        assert get(prompt(1), cache_obj=cache) == "a1"
        found = timed(lambda n: get(prompt(n), cache_obj=cache), chosen(entries))
    return {"get": found, "put": stored, "versions": versions("gptcache")}


def langchain(entries: int, cache: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """LangChain's cache interface over `cache`."""
    from langchain_core.outputs import Generation

    sample = min(entries, SAMPLE)
    stored = timed(lambda n: cache.update(prompt(n), MODEL, [Generation(text=f"a{n}")]), range(sample))
    for number in range(sample, entries):
        cache.update(prompt(number), MODEL, [Generation(text=f"a{number}")])
    assert cache.lookup(prompt(1), MODEL)[0].text == "a1"
    found = timed(lambda n: cache.lookup(prompt(n), MODEL), chosen(entries))
    return {"get": found, "put": stored, "versions": versions(*names)}


def langchain_memory(entries: int) -> dict[str, Any]:
    """LangChain's dictionary."""
    from langchain_core.caches import InMemoryCache

    return langchain(entries, InMemoryCache(), ("langchain-core",))


def langchain_sqlite(entries: int) -> dict[str, Any]:
    """LangChain's SQLite table, which survives a restart as seglam's store does."""
    from langchain_community.cache import SQLiteCache

    with tempfile.TemporaryDirectory() as folder:
        cache = SQLiteCache(database_path=str(Path(folder) / "cache.db"))
        return langchain(min(entries, 1000), cache, ("langchain-core", "langchain-community"))


def litellm_disk(entries: int) -> dict[str, Any]:
    """The disk cache of litellm: a look-up, and a whole `completion` answered from it (which needs litellm[proxy])."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    litellm: Any = importlib.import_module("litellm")
    caching: Any = importlib.import_module("litellm.caching.caching")

    def asked(number: int) -> dict[str, Any]:
        return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": prompt(number)}]}

    def complete(number: int) -> Any:
        return litellm.completion(**asked(number), mock_response=f"a{number}", caching=True)

    entries = min(entries, SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        litellm.cache = caching.Cache(type="disk", disk_cache_dir=folder)
        for number in range(entries):
            complete(number)
        time.sleep(2)  # it writes in a thread
        numbers = chosen(entries)
        assert all(litellm.cache.get_cache(**asked(n)) is not None for n in numbers)
        result = {"get": timed(lambda n: litellm.cache.get_cache(**asked(n)), numbers)}
        with contextlib.suppress(ImportError):
            assert all(complete(n).choices[0].message.content == f"a{n}" for n in numbers)
            result["whole"] = timed(complete, numbers)
    return result | {"versions": versions("litellm", "diskcache")}


PEERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "dict + blake2b": dictionary,
    "GPTCache map": gptcache,
    "LangChain memory": langchain_memory,
    "LangChain SQLite": langchain_sqlite,
    "litellm disk": litellm_disk,
}


def measured(name: str, entries: int) -> dict[str, Any]:
    """What a peer took, or why it was skipped."""
    try:
        if name.startswith("import "):
            return imported(name.removeprefix("import "))
        return PEERS[name](entries)
    except ImportError as missing:
        return {"skipped": f"not installed: {missing.name or missing}"}


if __name__ == "__main__":
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    print(json.dumps(measured(sys.argv[1], count)))
