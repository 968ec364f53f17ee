"""SQLAlchemy 2 and pandas against the PostgreSQL port given: reflection, questions, frames."""

import datetime
import sys

import pandas
import sqlalchemy
from sqlalchemy import func, select, text


def check(found, expect):
    assert found == expect, f"{found!r} is not {expect!r}"


engine = sqlalchemy.create_engine(f"postgresql+psycopg://script@127.0.0.1:{sys.argv[1]}/vitals")
inspector = sqlalchemy.inspect(engine)
tables = inspector.get_table_names()
for table in ("minute", "hour", "day", "month", "year", "messages", "services", "ledger"):
    assert table in tables, f"no {table} in {tables}"
check(inspector.get_view_names(), [])
assert "public" in inspector.get_schema_names()
columns = {column["name"]: column for column in inspector.get_columns("minute")}
check([str(columns[name]["type"]) for name in ("service", "time", "count", "cpu_max")], ["TEXT", "TIMESTAMP", "BIGINT", "DOUBLE PRECISION"])
assert columns["time"]["type"].timezone
check((inspector.has_table("minute"), inspector.has_table("nowhere")), (True, False))
check(inspector.get_pk_constraint("minute")["constrained_columns"], [])
check((inspector.get_foreign_keys("minute"), inspector.get_indexes("minute"), inspector.get_unique_constraints("minute")), ([], [], []))

minute = sqlalchemy.Table("minute", sqlalchemy.MetaData(), autoload_with=engine)
noon = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
with engine.connect() as connection:
    of_beta = select(minute.c.time, minute.c.cpu_max).where(minute.c.service == "beta", minute.c.time >= noon)
    rows = connection.execute(of_beta.order_by(minute.c.time).limit(2)).all()
    check([tuple(row) for row in rows], [(noon, 0.2), (noon + datetime.timedelta(minutes=1), 0.21)])
    per_service = select(minute.c.service, func.max(minute.c.cpu_max), func.count()).group_by(minute.c.service)
    rows = connection.execute(per_service.order_by(minute.c.service)).all()
    check([tuple(row) for row in rows], [("alpha", 0.59, 60), ("beta", 0.79, 60), ("gamma", 0.5, 1)])
    like = select(minute.c.service).distinct().where(minute.c.service.startswith("al", autoescape=True))
    check(connection.execute(like).scalars().all(), ["alpha"])
    assert connection.dialect.server_version_info >= (16,)

frame = pandas.read_sql("SELECT service, time, count, cpu_avg FROM minute ORDER BY service, time", engine)
check([str(kind) for kind in frame.dtypes[1:]], ["datetime64[us, UTC]", "int64", "float64"])
check((len(frame), frame["count"].sum(), round(frame["cpu_avg"].max(), 9)), (121, 121, 0.79))
frame = pandas.read_sql(text("SELECT max(cpu_max), count(*) FROM minute WHERE service = :name"), engine, params={"name": "alpha"})
check((list(frame.columns), frame.iloc[0].tolist()), (["max", "count"], [0.59, 60]))
check(pandas.read_sql_table("services", engine).shape, (3, 5))
with engine.connect().execution_options(stream_results=True) as connection:
    pieces = pandas.read_sql("SELECT * FROM minute", connection, chunksize=50)
    check([len(piece) for piece in pieces], [50, 50, 21])
print("all as expected")
