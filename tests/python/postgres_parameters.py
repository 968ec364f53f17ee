"""psycopg 3 against the PostgreSQL port given: a parameter is of the type its client says, and a column of the type that
was described; parameters and answers in both formats. What is expected is what PostgreSQL 17 answers, with a `numeric`
as the `double precision` that numbers with a point are here."""

import datetime
import sys
from decimal import Decimal

import psycopg

# of the 121 minutes each has counted one message
CASES = [
    ("SELECT count(*) FROM minute WHERE count = %s", Decimal("1.5"), 0),
    ("SELECT count(*) FROM minute WHERE count < %s", Decimal("1.5"), 121),
    ("SELECT count(*) FROM minute WHERE count < %s", 1.5, 121),
    ("SELECT count(*) FROM minute WHERE count = %s", Decimal("1.0"), 121),
    ("SELECT count(*) FROM minute WHERE cpu_max = %s", Decimal("0.25"), 2),
    ("SELECT sum(count) * %s FROM minute", Decimal("0.5"), 60.5),
    ("SELECT sum(count) * %s FROM minute", 0.5, 60.5),
    ("SELECT sum(%s) FROM services", Decimal("1.5"), 4.5),
    # halves of a numeric go away from zero, those of a double to the even number
    ("SELECT %s::bigint", Decimal("2.5"), 3),
    ("SELECT %s::int", Decimal("-2.5"), -3),
    ("SELECT (%s / 2)::int", Decimal("5"), 3),
    ("SELECT %s::bigint", 2.5, 2),
    ("SELECT %s::int", 3.7, 4),
    ("SELECT %s::bigint", Decimal("9007199254740993"), 9007199254740993),
    ("SELECT %s::numeric(10,2)", Decimal("2.675"), Decimal("2.68")),
    ("SELECT %s::numeric(30,9)", Decimal("12345678901234567.891"), Decimal("12345678901234567.891")),
    ("SELECT 1.51::numeric(10,2) = %s", Decimal("1.505"), False),
    ("SELECT 1.5::numeric(10,2) * %s", 2, 3),
    ("SELECT %s::text", Decimal("2.50"), "2.50"),
    ("SELECT %s::text", 2.5, "2.5"),
    ("SELECT %s::text", 5, "5"),
    ("SELECT 7 / %s", 2.0, 3.5),
    ("SELECT 7 / %s", Decimal(2), 3.5),
    ("SELECT 7 / %s", 2, 3),
    ("SELECT 1::int + %s", 1 << 40, (1 << 40) + 1),
    ("SELECT 1 IN (%s, 2)", Decimal("1.5"), False),
    ("SELECT 1 = ANY(%s)", [1.5], False),
    ("SELECT abs(%s)", Decimal("-2.5"), 2.5),
    ("SELECT coalesce(%s, 1)", Decimal("2.5"), 2.5),
    ("SELECT coalesce(%s, 1)", 2.5, 2.5),
    ("SELECT coalesce(%s, 1)", "2", 2),
    ("SELECT round(%s, 2)", Decimal("2.567"), 2.57),
    ("SELECT ceil(%s)", Decimal("2.5"), 3),
    ("SELECT greatest(%s, 1)", Decimal("2.5"), 2.5),
    ("SELECT CASE WHEN true THEN %s ELSE 0 END", Decimal("2.5"), 2.5),
    ("SELECT max(one) FROM (SELECT 1 AS one UNION ALL SELECT %s) AS both", Decimal("2.5"), 2.5),
    ("SELECT 1 UNION SELECT %s ORDER BY 1 DESC", Decimal("2.5"), 2.5),
    ("SELECT count FROM services ORDER BY count LIMIT %s", Decimal(1), 1),
    # alone
    ("SELECT %s", Decimal("2.5"), 2.5),
    ("SELECT -%s", Decimal("2.5"), -2.5),
    ("SELECT %s", Decimal("1e40"), 1e40),
    ("SELECT %s", Decimal("Infinity"), float("inf")),
    ("SELECT %s", "a", "a"),
    ("SELECT %s", None, None),
    ("SELECT %s", [1, 2], [1, 2]),
    ("SELECT %s", b"ab", b"ab"),
    ("SELECT %s", datetime.time(12, 30), datetime.time(12, 30)),
    # a text is the instant that it would be in the statement
    ("SELECT count(*) FROM minute WHERE time < %s", "2026-11-21 12:10", 20),
    ("SELECT count(*) FROM minute WHERE time < %s", "2026-11-21T12:10Z", 20),
    ("SELECT count(*) FROM minute WHERE time < %s", "2026-11-21 12:10 UTC", 20),
    ("SELECT count(*) FROM minute WHERE time < %s", "2026-11-21 13:10:00+01", 20),
    ("SELECT count(*) FROM minute WHERE time < %s::timestamptz", "2026-11-21 12:10", 20),
]

connection = psycopg.connect(f"host=127.0.0.1 port={sys.argv[1]} dbname=vitals user=script", autocommit=True)
for text, parameter, expect in CASES:
    for sent in ("%t", "%b"):
        if sent == "%b" and isinstance(parameter, str) and "coalesce" in text:
            continue  # to PostgreSQL a text there that is said to be one is an error
        for binary in (False, True):
            with connection.cursor(binary=binary) as cursor:
                cursor.execute(text.replace("%s", sent), (parameter,))
                found = cursor.fetchone()[0]
                wrong = f"{text} with {parameter!r} in {sent}, answered in binary: {binary}: {found!r} is not {expect!r}"
                assert found == expect and cursor.description[0].type_code != 705, wrong
for text, parameter, state in [
    ("SELECT %s::bigint", Decimal("1e30"), "22003"),
    ("SELECT coalesce(%s, 1)", "x", "22P02"),
    ("SELECT count(*) FROM minute WHERE time < %s", "tomorrow", "22P02"),
    ("SELECT sum(nothing) FROM minute WHERE count = %s", 1, "42703"),
]:
    try:
        connection.execute(text, (parameter,))
    except psycopg.Error as error:
        assert error.sqlstate == state, f"{text}: {error.sqlstate}: {error}"
    else:
        raise AssertionError(f"{text} does not fail")
print("all as expected")
