"""BAI2, the cash management reports of North American banks."""
