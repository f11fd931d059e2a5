"""Transform: what a record is called, whose it is, and which transaction it tells of."""
