"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "4b9d6a78a6c45d9ea6effdb503a722e41c5fc025f538c15ec4241a974290ed92"
