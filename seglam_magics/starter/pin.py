"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "ede027d8a78a4c158419090b42f1d9f26c22c27120460769203f489bbca0aab8"
