"""Sends COUNT messages as a sibling client does: ServiceName and TimeStamp, padded to 200 bytes, CPU -1 in every third."""

import json, socket, sys, time

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(count):
    message = {"ServiceName": "padded", "TimeStamp": time.time(), "CPU": -1 if number % 3 == 2 else 0.25}
    message |= {"RAM": {"Total": 8, "Free": 2}, "Disk": {"Total": 100, "Free": 25}}
    sock.sendto(json.dumps(message).encode().ljust(200), (host, port))
