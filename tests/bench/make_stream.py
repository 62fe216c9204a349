#!/usr/bin/python3
"""Makes a stream of raw UPDATE messages out of MRT files: make_stream.py OUT FILE...

Takes BGP4MP and BGP4MP_ET records with 4-byte AS numbers and without path ids, up to 4096 bytes a message. UPDATEs with
AS 0 in them are left out: they are malformed (RFC 7607), and `limit` repairs them.
"""
import bz2
import gzip
import struct
import sys

BGP4MP, BGP4MP_ET = 16, 17
MESSAGE_AS4 = 4
UPDATE = 2
AS_PATH, AGGREGATOR = 2, 7


def read(path):
    opener = {"gz": gzip.open, "bz2": bz2.open}.get(path.rsplit(".", 1)[-1], open)
    with opener(path, "rb") as file:
        return file.read()


def updates(data):
    at = 0
    while len(data) - at >= 12:
        _, kind, subtype, length = struct.unpack_from("!IHHI", data, at)
        body = data[at + 12 : at + 12 + length]
        at += 12 + length
        if kind not in (BGP4MP, BGP4MP_ET) or subtype != MESSAGE_AS4:
            continue
        if kind == BGP4MP_ET:
            body = body[4:]
        (family,) = struct.unpack_from("!H", body, 10)
        message = body[12 + (8 if family == 1 else 32) :]
        if 23 <= len(message) <= 4096 and message[18] == UPDATE and not has_as_zero(message):
            yield message


def has_as_zero(message):
    at = 21 + struct.unpack_from("!H", message, 19)[0]
    (left,) = struct.unpack_from("!H", message, at)
    at += 2
    end = at + left
    while at + 3 <= end:
        flags, code = message[at], message[at + 1]
        head = 4 if flags & 0x10 else 3
        size = struct.unpack_from("!H", message, at + 2)[0] if head == 4 else message[at + 2]
        value = message[at + head : at + head + size]
        if (code == AS_PATH and as_zero_in(value)) or (code == AGGREGATOR and value[:4] == bytes(4)):
            return True
        at += head + size
    return False


def as_zero_in(path):
    at = 0
    while at + 2 <= len(path):
        count = path[at + 1]
        if 0 in struct.unpack_from(f"!{count}I", path, at + 2):
            return True
        at += 2 + 4 * count
    return False


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    count = size = 0
    with open(sys.argv[1], "wb") as out:
        for path in sys.argv[2:]:
            for message in updates(read(path)):
                out.write(message)
                count += 1
                size += len(message)
    if count == 0:
        sys.exit("no UPDATE with 4-byte AS numbers in these files")
    print(f"{count} UPDATEs, {size} bytes, {size / count:.1f} bytes on average")


if __name__ == "__main__":
    main()
