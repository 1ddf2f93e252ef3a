"""stalled.py PORT COUNT: connects so many times, says so, then says when all were greeted; ends with its input."""

import resource
import selectors
import socket
import sys


def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    waiting = selectors.DefaultSelector()
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), timeout=60)
        waiting.register(client, selectors.EVENT_READ)
    print(f"{count} connected", flush=True)
    greeted = 0
    while greeted < count:
        for key, _ in waiting.select(timeout=60):
            if not key.fileobj.recv(512).startswith(b"220 "):
                sys.exit("a session ended without a greeting")
            waiting.unregister(key.fileobj)
            greeted += 1
    print(f"{greeted} greeted", flush=True)
    sys.stdin.read()


main()
