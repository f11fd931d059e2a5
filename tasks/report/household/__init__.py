"""The household's report: one page for people, made from one generation of the marts."""
