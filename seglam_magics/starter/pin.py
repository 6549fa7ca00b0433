"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "c6272cef17fecef108cb4110478c1c589fca7bb80bdc9f8c9306bc5dffe516fd"
