"""Whether a procedure may be believed, and running one out of the kernel.

Here live the lint, the sandbox with its zygote, and the judging of revisions: examples, built-in checks, properties.
Foreign code never runs in the kernel's process from here. Hypothesis is imported by `strategies`, `bound` and
`exploring` alone, which only the child loads. Nothing here decides what a verdict means (`trust`) or keeps one
(`store`).
"""

from __future__ import annotations

from .executor import ChildExecutor
from .lint import lint, lint_revision
from .rulebook import Finding
from .sandbox import Limits
from .seam import Executor

__all__ = ["ChildExecutor", "Executor", "Finding", "Limits", "lint", "lint_revision"]
