"""Who may run what: approvals signed with a secret of this user, and redaction of secrets.

Approvals live in the user's own folder, never in the store, so a store that is copied brings procedures and no trust.
Nothing here runs or judges code (`verify`), and nothing here knows how a question was answered.
"""

from __future__ import annotations

from .approvals import Approvals
from .redaction import hide, holds_secret, redact, redacted
from .standing import Standing

__all__ = ["Approvals", "Standing", "hide", "holds_secret", "redact", "redacted"]
