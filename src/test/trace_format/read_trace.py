#!/usr/bin/env python3
"""Reads a recording's blocks by docs/TRACE_FORMAT.md alone, to show that the document suffices.

Checks every block and prints how many there are of each kind, and how many units and bytes they hold.
usage: read_trace.py DIRECTORY
"""

import pathlib
import struct
import sys
import zlib

HEADER = struct.Struct("<4sIIIIIQQQQQ")
INDEX = struct.Struct("<4sIQQQ")
KINDS = {"header": b"1RRH", "summary": b"1RRS", "frames": b"1RRF", "data": b"1RRD", "files": b"1RRL"}
MAX_PLAIN = 16 << 20


def check(condition, path, offset, what):
    if not condition:
        sys.exit(f"{path} at offset {offset}: {what}")


def unpack(method, payload):
    if method == 0:
        return payload
    inflater = zlib.decompressobj(-15)
    plain = inflater.decompress(payload, MAX_PLAIN + 1)
    return plain if inflater.eof and not inflater.unused_data else b""


def blocks(path, kind, may_be_torn):
    """Yields (offset, first, count, data_begin, data_end, contents)."""
    contents = path.read_bytes()
    offset = next_unit = 0
    while offset < len(contents):
        header = contents[offset:offset + HEADER.size]
        if len(header) < HEADER.size and may_be_torn:
            return
        check(len(header) == HEADER.size, path, offset, "torn header")
        (magic, header_crc, method, payload_crc, stored, plain_size, first, count, data_begin, data_end,
         reserved) = HEADER.unpack(header)
        check(magic == kind, path, offset, "wrong kind")
        check(zlib.crc32(header[8:]) == header_crc, path, offset, "wrong header sum")
        check(method in (0, 1) and reserved == 0, path, offset, "newer")
        check(0 < plain_size <= MAX_PLAIN and first == next_unit, path, offset, "wrong numbers")
        payload = contents[offset + HEADER.size:offset + HEADER.size + stored]
        if len(payload) < stored and may_be_torn:
            return
        check(zlib.crc32(payload) == payload_crc, path, offset, "wrong payload sum")
        plain = unpack(method, payload)
        check(len(plain) == plain_size, path, offset, "wrong size")
        yield offset, first, count, data_begin, data_end, plain
        next_unit = first + count
        offset += HEADER.size + stored


def messages(plain):
    at = 0
    while at < len(plain):
        (length,) = struct.unpack_from("<I", plain, at)
        yield plain[at + 4:at + 4 + length]
        at += 4 + length


def check_index(path, found, end, size):
    contents = path.read_bytes()
    magic, crc, count, index_end, index_size = INDEX.unpack_from(contents)
    check(magic == b"1RRI" and zlib.crc32(contents[8:]) == crc, path, 0, "damaged index")
    entries = list(struct.iter_unpack("<QQ", contents[INDEX.size:]))
    check(entries == found and count == len(found), path, 0, "the index is not of these blocks")
    check(index_end == end and index_size == size, path, 0, "the index ends elsewhere")


def main():
    directory = pathlib.Path(sys.argv[1])
    is_complete = (directory / "version").exists()
    text = (directory / ("version" if is_complete else "incomplete")).read_text()
    check(text == "rr trace 1\n", directory, 0, "another version")
    for name, kind in KINDS.items():
        path = directory / name
        if not path.exists():
            continue
        found, units, plain_bytes, data_at = [], 0, 0, 0
        for offset, first, count, data_begin, data_end, plain in blocks(path, kind, not is_complete):
            found.append((first, offset))
            units = first + count
            plain_bytes += len(plain)
            if name != "data":
                check(len(list(messages(plain))) == count, path, offset, "wrong number of messages")
            if name == "frames":
                check(data_begin == data_at, path, offset, "data does not follow")
                data_at = data_end
        index = directory / (name + ".index")
        if index.exists():
            check_index(index, found, units, path.stat().st_size)
        print(f"{name}: {len(found)} blocks, {units} units, {plain_bytes} bytes unpacked")


if __name__ == "__main__":
    main()
