"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""

PIN = "7b089b888ed5d72cc668bd2ea578d950a7987d394e5fd224532b7c19ad14ff63"
