"""The commands of `buffet`, one module a subject.

Libraries that take long to load are imported inside the commands that need them: `buffet --help`
answers at once, and reading a file loads neither an orchestrator nor a database.
"""
