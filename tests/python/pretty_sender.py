"""Sends COUNT messages as an old client does: pretty-printed, nanoseconds, a comma before every closing brace."""

import socket, sys, time

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(count):
    message = '{\n    "serviceName": "pretty",\n    "Timestamp": %d,\n    "CPU": %r,\n    "RAM": {\n        "Total": 16,\n        "Free": 4,\n    },\n    "Disk": {\n        "Total": 512,\n        "Free": 128,\n    },\n}\n'
    sock.sendto((message % (time.time_ns(), number / count)).encode(), (host, port))
