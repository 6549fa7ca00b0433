"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "3a1f447e357b8cbe3ab31ae6386567097f29a37a5c6f2ae71d7eeb7416ca7351"
