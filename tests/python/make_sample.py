"""Makes data/sample anew: a day of five mock services, the same messages in each form that can be imported.

python tests/python/make_sample.py PATH/TO/mock-services data/sample
"""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
# 100 rounds of 14 min 24 s are a day; seconds, because CSV has no finer time
options = "--services 5 --count 500 --rate 0 --seed 7 --start 2026-11-20T00:00:00Z --time-step 864s --shape seconds --quiet"

with tempfile.TemporaryDirectory() as scratch, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
    nobody.bind(("127.0.0.1", 0))
    expect = pathlib.Path(scratch, "expect.ndjson")
    to = "127.0.0.1:%d" % nobody.getsockname()[1]
    command = [program, "--to", to, "--expect", expect, *options.split()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    messages = [json.loads(line) for line in expect.read_text().splitlines()]

CAPACITIES = "ram_total", "ram_free", "disk_total", "disk_free"


def csv(message):
    fields = message["service"], message["time_us"] // 1_000_000, message["cpu"], *(message[key] for key in CAPACITIES)
    return ",".join(map(str, fields)) + "\n"


def wire(message):
    ram_total, ram_free, disk_total, disk_free = (message[key] for key in CAPACITIES)
    return {
        "serviceName": message["service"],
        "Timestamp": message["time_us"] * 1000,
        "CPU": message["cpu"],
        "RAM": {"Total": ram_total, "Free": ram_free},
        "Disk": {"Total": disk_total, "Free": disk_free},
    }


def pretty(message):
    """With a comma before each closing brace, as the old collector stored what its clients sent."""
    return json.dumps(wire(message), indent=4).replace("\n    }", ",\n    }").removesuffix("\n}") + ",\n}\n"


header = "service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk\n"
(folder / "messages.csv").write_text(header + "".join(map(csv, messages)))
(folder / "messages.ndjson").write_text("".join(json.dumps(wire(message)) + "\n" for message in messages))
(folder / "messages.txt").write_text("".join(map(pretty, messages)))
