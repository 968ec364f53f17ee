"""psycopg 3 against the PostgreSQL port given: parameters, types, cursors, transactions, errors, cancelling."""

import datetime
import sys
import threading
import uuid
from decimal import Decimal

import psycopg

UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = datetime.timedelta(hours=1)


def check(found, expect):
    assert found == expect, f"{found!r} is not {expect!r}"


def fails(connection, state, text, parameters=None):
    try:
        connection.execute(text, parameters)
    except psycopg.Error as error:
        check(error.sqlstate, state)
        connection.rollback()
    else:
        raise AssertionError(f"{text} does not fail")


address = f"host=127.0.0.1 port={sys.argv[1]} dbname=vitals user=script"
connection = psycopg.connect(address)
ask = lambda text, parameters=None, **options: connection.execute(text, parameters, **options).fetchall()

# parameters of every kind, also where nothing but the client says what they are
within = "SELECT count(*) FROM minute WHERE service = %s AND time >= %s AND time < %s"
check(ask(within, ("alpha", NOON, NOON + HOUR / 2)), [(30,)])
check(ask(within, ("alpha", "2026-11-21T12:00:00Z", datetime.datetime(2026, 11, 21, 12, 10))), [(10,)])
check(ask("SELECT count(*) FROM minute WHERE count >= %s AND cpu_max < %s", (1, 0.1)), [(10,)])
check(ask("SELECT count(*) FROM minute WHERE cpu_max >= %s", (Decimal("0.75"),)), [(5,)])
check(ask("SELECT service FROM services WHERE service = ANY(%s) ORDER BY 1", (["alpha", "gamma"],)), [("alpha",), ("gamma",)])
names = ["alpha", "a b  c", 'say "x"', "with, comma", "back\\slash", "{}", "NULL", "", None]
for sent in ("%s", "%b"):
    check(ask(f"SELECT service FROM services WHERE service = ANY({sent})", (names,)), [("alpha",)])
    check(ask(f"SELECT {sent}::text[]", (names,)), [(names,)])
    check(ask(f"SELECT count(*) FROM minute WHERE count = ANY({sent}) AND service <> ALL(%s)", ([1, 2], ["alpha"])), [(61,)])
check(ask("SELECT count(*) FROM minute WHERE time = ANY(%s)", ([NOON],)), [(2,)])
check(ask("SELECT concat(%s, ''), coalesce(%s, %s)", ("{a,b}", None, "a")), [("{a,b}", "a")])
check(ask("SELECT %s, %s", (uuid.UUID(int=5), "b")), [(str(uuid.UUID(int=5)), "b")])
check(ask("SELECT count(*) FROM minute WHERE service = %s", (None,)), [(0,)])
check(ask("SELECT count(*) FROM minute WHERE time > now() - %s", (datetime.timedelta(days=36500),)), [(121,)])
check(ask("SELECT %s, %s, %s, %s", (1, "a", 2.5, True)), [(1, "a", 2.5, True)])
check(ask("SELECT %s::timestamptz", (NOON,)), [(NOON,)])
for turn in range(8):
    check(ask("SELECT count FROM services WHERE service = %s", ("gamma" if turn % 2 else "beta",), prepare=True), [(1 if turn % 2 else 60,)])

# values in both formats
row = ("beta", NOON, 1, 0.2, 0.75)
for binary in (False, True):
    with connection.cursor(binary=binary) as cursor:
        cursor.execute("SELECT service, time, count, cpu_avg, ram_avg FROM minute WHERE service = 'beta' ORDER BY time LIMIT 1")
        check(cursor.fetchone(), row)
        check([column.type_code for column in cursor.description], [25, 1184, 20, 701, 701])
        cursor.execute("SELECT 1::smallint, 2::int, 3::bigint, 0.5::real, 0.25::float8, true, date '2026-01-02', 1.5::numeric(10,2), null, interval '1 day'")
        check(cursor.fetchone(), (1, 2, 3, 0.5, 0.25, True, datetime.date(2026, 1, 2), Decimal("1.50"), None, datetime.timedelta(days=1)))
        cursor.execute("SELECT now(), time, timestamptz '2026-11-21T12:00:00Z', date_trunc('day', now()), to_timestamp(0), current_date FROM minute LIMIT 1")
        check([column.type_code for column in cursor.description], [1184, 1184, 1184, 1184, 1184, 1082])
        cursor.execute("SELECT timestamptz '2026-11-21T12:00:00Z' AT TIME ZONE 'Asia/Kolkata', row_number() OVER (), 'inf'::float8, '-inf'::float8")
        check(cursor.fetchone(), (NOON, 1, float("inf"), float("-inf")))
        check([column.type_code for column in cursor.description], [1184, 20, 701, 701])

# cursors on the server, in pieces, with parameters
for binary in (False, True):
    with connection.cursor("some", binary=binary) as cursor:
        cursor.itersize = 7
        cursor.execute("SELECT time, cpu_max FROM minute WHERE service = %s ORDER BY 1", ("alpha",))
        rows = list(cursor)
        check((len(rows), rows[-1]), (60, (NOON + 59 * HOUR / 60, 0.59)))
    with connection.cursor("other", binary=binary) as cursor:
        cursor.execute("SELECT cpu_max FROM minute WHERE service = 'alpha' ORDER BY time")
        cursor.scroll(10)
        check(cursor.fetchone(), (0.10,))
connection.commit()
with connection.cursor().copy("COPY (SELECT service, count FROM services ORDER BY 1) TO STDOUT") as copy:
    check(list(copy.rows()), [("alpha", "60"), ("beta", "60"), ("gamma", "1")])

with connection.cursor().copy("COPY (SELECT timestamptz '2026-11-21T12:00:00Z' AT TIME ZONE 'Asia/Kolkata', 'inf'::float8) TO STDOUT") as copy:
    check(list(copy.rows()), [("2026-11-21 12:00:00.000000+00", "Infinity")])
for form in ("(FORMAT binary)", "WITH BINARY"):
    with connection.cursor().copy(f"COPY (SELECT service, count, null::text, first_seen FROM services ORDER BY 1 LIMIT 2) TO STDOUT {form}") as copy:
        copy.set_types(["text", "int8", "text", "timestamptz"])
        check([row[:3] for row in copy.rows()], [("alpha", 60, None), ("beta", 60, None)])
fails(connection, "42601", "COPY services TO STDOUT (FORMAT binary, HEADER)")

# columns may have one name
for binary in (False, True):
    with connection.cursor(binary=binary) as cursor:
        cursor.execute("SELECT 1 AS a, 2 AS a, NULL, NULL, count, count, service FROM services WHERE service = %s", ("beta",), prepare=True)
        check((cursor.fetchone(), [column.name for column in cursor.description]), ((1, 2, None, None, 60, 60, "beta"), ["a", "a", "?column?", "?column?", "count", "count", "service"]))

# a cut for each statement: what came since is in the next, also of one prepared
with connection.pipeline():
    first, second = connection.execute("SELECT 1"), connection.execute("SELECT 2")
check((first.fetchall(), second.fetchall()), ([(1,)], [(2,)]))

# errors fail the transaction and nothing else
connection.rollback()
fails(connection, "42P01", "SELECT * FROM nowhere WHERE a = %s", (1,))
fails(connection, "42703", "SELECT nothing FROM minute WHERE service = %s", ("a",))
fails(connection, "25006", "DELETE FROM minute WHERE service = %s", ("a",))
fails(connection, "22P02", "SELECT * FROM minute WHERE time > %s", ("tomorrow",))
with connection.transaction():
    try:
        with connection.transaction():
            connection.execute("SELECT nothing")
    except psycopg.errors.UndefinedColumn:
        pass
    check(ask("SELECT 2"), [(2,)])
try:
    connection.execute("SELECT nothing")
except psycopg.Error:
    fails(connection, "25P02", "SELECT 1")
fails(connection, "0A000", "DECLARE c CURSOR WITH HOLD FOR SELECT 1")

# time and cancelling
endless = "SELECT count(*) FROM generate_series(1, 200000) a, generate_series(1, 200000) b WHERE (a.value * b.value) % 7 = 1"
threading.Timer(0.3, connection.cancel).start()
fails(connection, "57014", endless)
connection.execute("SET LOCAL statement_timeout = '200ms'")
fails(connection, "57014", endless)
check(ask("SHOW statement_timeout"), [("0",)])
with psycopg.connect(address + " options='-c statement_timeout=200ms'") as short:
    fails(short, "57014", endless)
print("all as expected")
