"""Procedures as things: identity, loading, calling, guards, binding, and frames on their way in and out.

Here lives all that is known of one procedure and its inputs. Nothing here decides which procedure answers a question
(`cache`), judges one (`verify`), stores one (`store`) or asks a model (`compiler`). The modules `loading`, `calling`
and `wire` run in the kernel and in the sandboxed child alike, so they import nothing of the notebook and never
unpickle.
"""

from __future__ import annotations

from .calling import apply
from .identity import canonical_source, proc_id
from .inputs import describe, describe_all
from .loading import load
from .record import from_record, to_record

__all__ = ["apply", "canonical_source", "describe", "describe_all", "from_record", "load", "proc_id", "to_record"]
