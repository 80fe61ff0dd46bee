"""Content codings of bodies: gzip, deflate (in zlib's wrapper), raw (deflate without it), zstd, br,
and the errors that tests need in them. zstd and brotli are the libraries that Reprise is built
with."""

import ctypes
import ctypes.util
import gzip
import zlib

from script import Failed


def library(name):
    path = ctypes.util.find_library(name)
    if not path:
        raise Failed(f"there is no lib{name} (Debian: lib{name}1)")
    return ctypes.CDLL(path)


def raw(data):
    made = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made.compress(data) + made.flush()


def zstd(data):
    lib = library("zstd")
    lib.ZSTD_compressBound.restype = lib.ZSTD_compress.restype = ctypes.c_size_t
    room = lib.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(room)
    made = lib.ZSTD_compress(out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:made]


def br(data):
    lib = library("brotlienc")
    made = ctypes.c_size_t(len(data) + 1024)
    out = ctypes.create_string_buffer(made.value)
    done = lib.BrotliEncoderCompress(5, 22, 0, ctypes.c_size_t(len(data)), data,
                                     ctypes.byref(made), out)
    if not done:
        raise Failed("brotli cannot compress it")
    return out.raw[: made.value]


CODINGS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
    "raw": raw,
    "zstd": zstd,
    "br": br,
}


def code(name, data):
    """Returns the data in this coding."""
    if name not in CODINGS:
        raise Failed(f"{name!r} is no coding; codings are {', '.join(CODINGS)}")
    return CODINGS[name](data)
