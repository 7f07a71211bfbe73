"""Pure transitions and what follows from a description; used by every engine."""
