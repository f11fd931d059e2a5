"""The platform's own files: statement JSON, card invoice JSON, and its 31-column CSV."""
