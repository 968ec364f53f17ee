"""Writes the messages of a CSV file as Parquet, as different writers and habits do it.

python tests/python/write_tables.py data/sample/messages.csv FOLDER

Each file puts its own name before the names of the services, so that all can be imported into one place.
"""

import os
import pathlib
import sys

import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.parquet as parquet

source, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir()
rows = pyarrow.csv.read_csv(source)
seconds = rows["timestamp"]
OURS = ["service", "time", "cpu", "ram_total", "ram_free", "disk_total", "disk_free"]


def services(name):
    return pyarrow.array([f"{name}:{service}" for service in rows["service"].to_pylist()])


def table(name, time, cpu=rows["CPU"]):
    sizes = [rows[column].cast("double") for column in ("total_ram", "free_ram", "total_disk", "free_disk")]
    return pyarrow.table([services(name), time, cpu, *sizes], names=OURS)


def times(unit, zone=None):
    per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    scaled = pyarrow.compute.multiply(seconds, per_second)
    return scaled.cast(pyarrow.timestamp(unit, zone))


def write(name, written, **options):
    parquet.write_table(written, folder / f"{name}.parquet", row_group_size=120, **options)


write("pyarrow-us-utc", table("pyarrow-us-utc", times("us", "UTC")))
write("pyarrow-ms-naive", table("pyarrow-ms-naive", times("ms")), compression="none", use_dictionary=False)
write("pyarrow-ns-berlin", table("pyarrow-ns-berlin", times("ns", "Europe/Berlin")), version="2.6", data_page_version="2.0")
write("pyarrow-int96", table("pyarrow-int96", times("ns")), use_deprecated_int96_timestamps=True)
write("pyarrow-seconds", table("pyarrow-seconds", seconds.cast("int32")), compression="zstd")
# shares of thousandths, which a decimal holds exactly
decimals = pyarrow.array([f"{share:.3f}" for share in rows["CPU"].to_pylist()]).cast(pyarrow.decimal128(9, 3))
write("pyarrow-decimals", table("pyarrow-decimals", seconds, decimals))

frame = pandas.read_csv(source)
frame["service"] = "pandas:" + frame["service"]
frame["timestamp"] = pandas.to_datetime(frame["timestamp"], unit="s", utc=True)
frame["note"] = "beside the message"
frame.to_parquet(folder / "pandas.parquet")

lazy = polars.read_csv(source)
moments = polars.from_epoch("timestamp", time_unit="s").cast(polars.Datetime("us"))
lazy.with_columns(("polars:" + polars.col("service")).alias("service"), moments).write_parquet(folder / "polars.parquet")
structs = lazy.select(
    ("polars-structs:" + polars.col("service")).alias("serviceName"),
    moments.alias("Timestamp"),
    "CPU",
    polars.struct(Total="total_ram", Free="free_ram").alias("RAM"),
    polars.struct(Total="total_disk", Free="free_disk").alias("Disk"),
)
structs.write_parquet(folder / "polars-structs.parquet", row_group_size=100)

write("gzip", table("gzip", seconds), compression="gzip")
write("other", pyarrow.table([services("other"), seconds], names=["service", "when"]))
sys.stdout.flush()
# as in read_table.py: some exits of these libraries abort after the work is done
os._exit(0)
