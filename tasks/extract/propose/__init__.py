"""How to read a bank's table that no layout knows: proved by arithmetic, or not at all."""
