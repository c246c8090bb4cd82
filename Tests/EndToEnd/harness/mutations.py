"""Messages that are almost right, the same ones for the same seed."""
import random

_NUMBERS = [
    b"\0", b"\x7f", b"\x80", b"\xff" * 4, b"\xff" * 9 + b"\x01", b"\xff" * 10, b"\x80" * 10, b"\xff" * 4 + b"\x07",
]  # fmt: skip


def mutated(chance: random.Random, samples: list) -> bytes:
    """One of the samples with up to eight changes, or noise."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(200))
    data = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        change = chance.randrange(7)
        if change == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif change == 1 and at < len(data):
            data[at] = chance.randrange(256)
        elif change == 2:
            del data[at:]
        elif change == 3:
            del data[at : at + chance.randrange(16)]
        elif change == 4:
            data[at:at] = chance.choice(_NUMBERS)
        elif change == 5:
            other = chance.choice(samples)
            begin = chance.randrange(len(other) + 1)
            data[at:at] = other[begin : begin + chance.randrange(64)]
        else:
            data[at:at] = chance.randbytes(chance.randrange(16))
    return bytes(data)


def nested(depth: int) -> bytes:
    """A `google.protobuf.Value` of lists within lists (`list_value` = 6, `values` = 1)."""
    data = b""
    for _ in range(depth):
        for field in (0x0A, 0x32):
            data = bytes([field]) + _varint(len(data)) + data
    return data


def _varint(value: int) -> bytes:
    data = b""
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])
