"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "54982076372c3d6711c14dbfa96c07e21f064e1e764fe3c40b24fe157070501f"
