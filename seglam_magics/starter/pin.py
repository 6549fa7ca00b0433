"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "1d1c5556ab93b88f7f34fb5d0bab298e3fc648408aa5ea377b1f2ceb49a2f6f9"
