"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "c4e1068a53931c96506b586e3835e840c12ce36f2e0e27215a32d7adb3afd621"
