"""Writes the messages of a CSV file as one Parquet file, as pyarrow does by default.

python tests/python/bench_table.py messages.csv messages.parquet
"""

import sys

import pyarrow.compute as compute
import pyarrow.csv
import pyarrow.parquet as parquet

source, target = sys.argv[1:]
rows = pyarrow.csv.read_csv(source)
time = compute.cast(rows["timestamp"], pyarrow.timestamp("us", "UTC"))
parquet.write_table(rows.set_column(1, "time", time), target)
