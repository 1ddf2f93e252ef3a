"""A TCP proxy that keeps what went through it: the witness of what a client really sent."""

import contextlib
import socket
import threading

LIMIT = 30.0  # seconds a client may be silent, and that the end of a conversation is waited for


class Conversation:
    """One connection: the octets of both directions, and when both are over."""

    def __init__(self, client, server):
        self.client_octets = bytearray()
        self.server_octets = bytearray()
        self._grown = threading.Condition()
        self._client, self._server = client, server
        self._threads = [
            threading.Thread(target=self._pump, args=(client, server, self.client_octets), daemon=True),
            threading.Thread(target=self._pump, args=(server, client, self.server_octets), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _pump(self, source, sink, octets):
        with contextlib.suppress(OSError):
            while chunk := source.recv(262144):
                sink.sendall(chunk)
                with self._grown:
                    octets += chunk
                    self._grown.notify_all()
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def wait_for_client(self, ending):
        """Until the client's octets so far end like this, and are on their way to the server."""
        with self._grown:
            if not self._grown.wait_for(lambda: self.client_octets.endswith(ending), LIMIT):
                raise AssertionError(f"the client sent {bytes(self.client_octets[-200:])!r}, not {ending!r}")

    def wait(self):
        for thread in self._threads:
            thread.join(LIMIT)
            if thread.is_alive():
                raise AssertionError(f"a connection stays open; the client's last octets were "
                                     f"{bytes(self.client_octets[-200:])!r}, the server's "
                                     f"{bytes(self.server_octets[-200:])!r}")

    def close(self):
        self._client.close()
        self._server.close()


class Recorder:
    """Listens on a free port of 127.0.0.1 and forwards each connection to `upstream`."""

    def __init__(self, upstream):
        self._upstream = upstream
        self._conversations = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._acceptor.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        self._acceptor.join()
        for conversation in self._conversations:
            conversation.close()

    def _accept(self):
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                self._forward(client)

    def _forward(self, client):
        try:
            server = socket.create_connection(self._upstream, timeout=LIMIT)
        except OSError:
            client.close()  # the client then reports it
            return
        for end in (client, server):
            end.settimeout(LIMIT)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._conversations.append(Conversation(client, server))

    def open_conversations(self):
        return list(self._conversations)

    def conversations(self):
        """All conversations so far, each one finished. Call it when the client program has ended."""
        for conversation in self._conversations:
            conversation.wait()
        return self._conversations
