"""See the room rules."""
