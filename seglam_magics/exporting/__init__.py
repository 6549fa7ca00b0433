"""Taking procedures elsewhere: a Python package, a plain notebook, triples of questions; and running notebooks.

Here live what is written for use without seglam, the execution of notebooks with a record of what answered, and the
lock that comes of it. `border` and `checks` are carried along into what is written, so they import nothing of ours.
Nothing here decides which procedure answers; what is exported is what is stored, verified and not revoked.
"""

from __future__ import annotations
