"""Whether an upstream that has closed its side can have read all of what it was sent; only the kernel knows.

Theory. Each segment of TCP says how much its sender has received. If not even the one that closes the connection
covers the end of a request, the request was not whole in the upstream's kernel when the upstream closed, and nobody
can have begun to work on it.

Source: RFC 9293 section 3.10.7.4; Linux's ``SIOCOUTQ`` in tcp(7). Elsewhere nothing is known.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios

__all__ = ["has_unread"]


def has_unread(transport: asyncio.Transport) -> bool:
    """Return whether bytes that were written were not taken by the other side's kernel; False where it is not known.

    To be asked at the end of the other side's sending, before the socket is closed.
    """
    if transport.get_write_buffer_size():
        return True
    try:
        waiting = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        return False
    return struct.unpack("i", waiting) > (0,)
