"""seglam: a model is asked once, as a compiler; its typed procedure answers ever after.

The rooms of this package, from the ground up: `words`, `errors`, `settings`; `question`, `procedure`; `verify`,
`store`, `trust`; `cache`, `compiler`, `thinking`; `reasoner`, which walks the way of a question; `notebook`, `cli`. A
room imports from the rooms below it only. Nothing here is imported by `%load_ext seglam` before it is needed.
"""

__version__ = "0.1.0"
