"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "35c05f2a7c92f2ec6463599916fa079fda022b79140ff2732d63ea69e5108c93"
