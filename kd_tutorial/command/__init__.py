"""What `python -m kd_tutorial` runs: the example, and one's own files."""
