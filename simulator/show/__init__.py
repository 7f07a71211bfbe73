"""Draw the table that is given; compute nothing but places and labels."""
