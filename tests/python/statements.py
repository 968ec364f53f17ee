"""Runs the SQL statements of a JSON list on a PostgreSQL port, each for itself. The answers are a list on standard output:
columns with their type's number and rows, or the error.

statements.py PORT PASSWORD FILE
"""

import json
import sys

import psycopg

port, password, file = sys.argv[1:]
where = {"host": "127.0.0.1", "port": port, "user": "grafana", "password": password, "dbname": "vitals"}


def run(connection, text):
    try:
        cursor = connection.execute(text)
        columns = [(column.name, column.type_code) for column in cursor.description]
        return {"columns": columns, "rows": cursor.fetchall()}
    except psycopg.Error as error:
        return {"error": str(error)}


with open(file) as texts, psycopg.connect(**where, autocommit=True, sslmode="disable") as connection:
    answers = [run(connection, text) for text in json.load(texts)]
json.dump(answers, sys.stdout, default=str)
