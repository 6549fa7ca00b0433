"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "e035883b405e20748e1a9c4672b06be11c9619055e4ab5f3d0f56eff748e6326"
