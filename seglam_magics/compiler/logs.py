"""What the clients of models write to their loggers, without the secrets in it."""

from __future__ import annotations

import logging

from ..trust.redaction import redact

# They write addresses (`?key=…`) and headers at the levels people switch on to look for something else.
TALKATIVE = (
    "LiteLLM",
    "LiteLLM Router",
    "LiteLLM Proxy",
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "openai._base_client",
)


def clean_logs() -> None:
    """Redact every record of these loggers from now on, for all handlers; a second call changes nothing."""
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(clean)


def clean(record: logging.LogRecord) -> bool:
    """Take secrets out of a record and its traceback away, which a handler formats where nobody can look at it.

    >>> record = logging.LogRecord("httpx", 20, "", 1, "GET %s", ("http://host/?key=AIzaSyA1234567890abcdefgh",), None)
    >>> clean(record), record.getMessage()
    (True, 'GET http://host/?key=‹secret:google_key›')
    """
    said = record.getMessage()
    without = redact(said)
    if without != said:
        record.msg, record.args = without, ()
    record.exc_info = record.exc_text = record.stack_info = None
    return True
