"""The statements of Grafana's PostgreSQL source against the port given: its probes, its query builder, its macros."""

import sys

import psycopg

# Grafana's driver sends a text without parameters in the simple protocol
connection = psycopg.connect(f"host=127.0.0.1 port={sys.argv[1]} dbname=vitals user=grafana", autocommit=True, cursor_factory=psycopg.ClientCursor)


def ask(text):
    cursor = connection.execute(text)
    return [column.name for column in cursor.description], cursor.fetchall()


def check(found, expect):
    assert found == expect, f"{found!r} is not {expect!r}"


PATH = """SELECT
    CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
  FROM
    generate_series(
      array_lower(string_to_array(current_setting('search_path'),','),1),
      array_upper(string_to_array(current_setting('search_path'),','),1)
    ) as i,
    string_to_array(current_setting('search_path'),',') s"""
FROM, TO = "'2026-11-21T12:00:00Z'", "'2026-11-21T12:29:59.999Z'"
FILTER = f"time BETWEEN {FROM} AND {TO}"

# probes when the source is saved
check(ask("SELECT current_setting('server_version_num')::int/100 as version"), (["version"], [(1600,)]))
check(ask("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")[1], [])
check(ask("SELECT 1"), (["?column?"], [(1,)]))

# what the query builder offers
tables = ask(f"""SELECT
    CASE WHEN
          quote_ident(table_schema) IN ({PATH})
      THEN quote_ident(table_name)
      ELSE quote_ident(table_schema) || '.' || quote_ident(table_name)
    END AS "table"
    FROM information_schema.tables
    WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog', '_timescaledb_cache')
    ORDER BY CASE WHEN quote_ident(table_schema) IN ({PATH}) THEN 0 ELSE 1 END, 1""")[1]
assert ("minute",) in tables and ("services",) in tables and not [name for name, in tables if name.startswith("pg_")], tables
columns = ask(f"""SELECT quote_ident(column_name) AS "column", data_type AS "type"
    FROM information_schema.columns
    WHERE
      CASE WHEN array_length(parse_ident('minute'),1) = 2
        THEN quote_ident(table_schema) = (parse_ident('minute'))[1]
          AND quote_ident(table_name) = (parse_ident('minute'))[2]
        ELSE quote_ident(table_name) = 'minute'
          AND quote_ident(table_schema) IN ({PATH})
      END""")[1]
found = {name.strip('"'): kind for name, kind in columns}
check(
    [found.get(name) for name in ("service", "time", "count", "cpu_max")],
    ["text", "timestamp with time zone", "bigint", "double precision"],
)

# $__timeFilter, $__timeFrom, $__timeTo
check(ask(f"SELECT count(*) FROM minute WHERE {FILTER} AND service = 'alpha'")[1], [(30,)])
check(ask(f"SELECT count(*) FROM minute WHERE time >= {FROM} AND time <= {TO}")[1], [(60,)])
# $__time, $__timeEpoch
check(ask(f'SELECT time AS "time", cpu_max FROM minute WHERE {FILTER} AND service = \'beta\' ORDER BY 1 LIMIT 1')[0], ["time", "cpu_max"])
check(ask(f'SELECT extract(epoch from time) as "time", cpu_max FROM minute WHERE {FILTER} ORDER BY 1 LIMIT 1')[1], [(1795262400.0, 0.0)])
# $__timeGroup(time, '5m'), $__timeGroupAlias
group = "floor(extract(epoch from time)/300)*300"
names, rows = ask(
    f'SELECT {group} AS "time", service AS metric, max(cpu_max) AS peak FROM minute WHERE {FILTER} '
    f"GROUP BY 1, service ORDER BY 1, 2"
)
check(names, ["time", "metric", "peak"])
check((len(rows), rows[0], rows[-1]), (12, (1795262400.0, "alpha", 0.04), (1795263900.0, "beta", 0.49)))
names, rows = ask(f'SELECT {group} AS "time", avg(cpu_avg) AS "cpu" FROM minute WHERE {FILTER} GROUP BY {group} ORDER BY {group}')
check((names, len(rows)), (["time", "cpu"], 6))
# $__unixEpochFilter, $__unixEpochGroup over a column of seconds
epoch = "SELECT extract(epoch from time) AS seconds, cpu_max FROM minute"
check(ask(f"SELECT count(*) FROM ({epoch}) m WHERE seconds >= 1795262400 AND seconds <= 1795262699")[1], [(10,)])
check(ask(f'SELECT floor((seconds)/300)*300 AS "time", count(*) FROM ({epoch}) m WHERE seconds <= 1795262699 GROUP BY 1')[1], [(1795262400.0, 10)])
# variables
check(ask("SELECT DISTINCT service FROM services ORDER BY 1")[1], [("alpha",), ("beta",), ("gamma",)])
check(ask("SELECT service AS __text, service AS __value FROM services WHERE service IN ('alpha','beta') ORDER BY 1")[0], ["__text", "__value"])
check(ask(f"SELECT count(*) FROM minute WHERE {FILTER} AND service ~ '^(alpha|beta)$'")[1], [(60,)])
# a table panel: the last of each
check(
    ask("SELECT DISTINCT ON (service) service, cpu_max FROM minute ORDER BY service, time DESC")[1],
    [("alpha", 0.59), ("beta", 0.79), ("gamma", 0.5)],
)
print("all as expected")
