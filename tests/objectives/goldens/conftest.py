"""The script that makes the goldens needs PyTorch, which no test does."""

collect_ignore = ["make.py"]
