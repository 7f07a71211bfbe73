"""How time advances: the engines."""
