"""HOW: one folder a stage, named by its verb; pure modules behind one door, `task.py`."""
