"""How well a model takes interrupts: `seglam bench interrupts`, on any model and on the scripted characters.

Here live the tasks (`tasks/`, `tables/`), the plan of calls, asking them through the compiler's gateway and ledger,
judging what comes back in the sandbox, the report with its schema, its figures and their intervals. Nothing here is
imported by a question; it opens no connection of its own and stores nothing but the report it is told to write.
"""

from __future__ import annotations
