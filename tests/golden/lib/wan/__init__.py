"""What `wan.py` makes its golden results with: one file per part of the family."""
