"""The large transfer of big_transfer.py with 64 MiB."""
from big_transfer import main

main(64)
