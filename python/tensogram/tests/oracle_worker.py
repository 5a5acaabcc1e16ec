"""Runs in an interpreter that has the published package, and answers requests for it.

Requests and answers are pickled tuples on stdin and stdout: a name of a function below with its arguments, and
("value", result) or ("error", name of the class, text).
"""

import pickle
import sys

import tensogram


def encode(metadata, objects, **options):
    return tensogram.encode(metadata, objects, **options)


def decode(message, **options):
    metadata, objects = tensogram.decode(message, **options)
    return {
        "base": metadata.base,
        "extra": metadata.extra,
        "reserved": metadata.reserved,
        "keys": metadata.keys(),
        "objects": [(_descriptor(descriptor), array) for descriptor, array in objects],
    }


def decode_range(message, index, ranges, **options):
    return tensogram.decode_range(message, index, ranges, **options)


def compute_packing_params(values, bits, decimal_scale):
    return tensogram.compute_packing_params(values, bits, decimal_scale)


def scan(data):
    return tensogram.scan(data)


def validate(message, **options):
    return tensogram.validate(message, **options)


def validate_file(path, **options):
    return tensogram.validate_file(path, **options)


def stream(metadata, objects, **options):
    encoder = tensogram.StreamingEncoder(metadata, **options)
    for descriptor, data in objects:
        encoder.write_object(descriptor, data)
    return encoder.finish()


def read_file(path):
    file = tensogram.TensogramFile.open(path)
    return [decode(message) for message in file.messages()]


def write_file(path, messages):
    file = tensogram.TensogramFile.create(path)
    for metadata, objects in messages:
        file.append(metadata, objects)


def _descriptor(descriptor):
    names = ["obj_type", "ndim", "shape", "strides", "dtype", "byte_order", "encoding", "filter", "compression"]
    return {name: getattr(descriptor, name) for name in [*names, "params"]}


def main():
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            name, arguments, options = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = ("value", globals()[name](*arguments, **options))
        except Exception as error:
            answer = ("error", type(error).__name__, str(error))
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    main()
