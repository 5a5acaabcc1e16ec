"""GRIB and NetCDF to Tensogram and back, through ecCodes and netCDF4, which are loaded when they are first needed."""


def convert_grib(
    path,
    *,
    grouping="merge_all",
    preserve_all_keys=False,
    encoding="none",
    bits=None,
    filter="none",  # noqa: A002
    compression="none",
    compression_level=None,
    threads=0,
    hash="xxh3",  # noqa: A002
):
    """Messages with the fields of a GRIB file, edition 1 or 2, as float64.

    A field on a grid of Nj rows by Ni columns is an array of that shape; on regular latitude-longitude and Gaussian
    grids rows run from north to south and columns from west to east, whatever order the file has. Other fields are
    one-dimensional. Missing points are NaN.

    ``base[i]`` has ``name`` (the short name), ``long_name``, ``units``, ``dim_names`` on such grids, and ``mars`` with
    the keys of that namespace; there, regular latitude-longitude grids have an ``area`` of [north, west, south, east]
    in degrees.

    grouping: ``"merge_all"`` for one message with an object per field, ``"one_to_one"`` for a message each.
    preserve_all_keys: keep the other namespaces (``ls``, ``geography``, ``parameter`` …) too, in ``base[i]["grib"]``.
    encoding, bits: ``"simple_packing"`` packs values in that many bits, 16 if not given.
    filter, compression: further stages of the payload pipeline; compression_level is that of zstd or blosc2.
    threads, hash: as for ``encode``.

    Raises FileNotFoundError, ValueError for options that do not exist and for files that ecCodes cannot read, and
    RuntimeError where ecCodes is not installed (``pip install "tensogram[grib]"``).
    """
    from tensogram._convert import options, requirements

    source = options.path("path", path)
    keep = options.flag("preserve_all_keys", preserve_all_keys)
    options.text("grouping", grouping)
    stages = options.Stages(encoding, bits, filter, compression, compression_level, threads, hash)
    requirements.need_grib()
    options.choice("grouping", grouping, ("merge_all", "one_to_one"))
    stages.check()
    from tensogram._convert import grib

    return grib.convert_file(source, merge=grouping == "merge_all", keep_all_keys=keep, stages=stages)


def convert_grib_buffer(
    buffer,
    *,
    grouping="merge_all",
    preserve_all_keys=False,
    encoding="none",
    bits=None,
    filter="none",  # noqa: A002
    compression="none",
    compression_level=None,
    threads=0,
    hash="xxh3",  # noqa: A002
):
    """Messages with the fields of GRIB messages in memory; see ``convert_grib``.

    Bytes before, between and behind the GRIB messages are passed over. Raises ValueError where there is none.
    """
    from tensogram._convert import options, requirements

    data = options.buffer("buffer", buffer)
    keep = options.flag("preserve_all_keys", preserve_all_keys)
    options.text("grouping", grouping)
    stages = options.Stages(encoding, bits, filter, compression, compression_level, threads, hash)
    requirements.need_grib()
    options.choice("grouping", grouping, ("merge_all", "one_to_one"))
    stages.check()
    from tensogram._convert import grib

    return grib.convert_buffer(data, merge=grouping == "merge_all", keep_all_keys=keep, stages=stages)


def convert_netcdf(
    path,
    *,
    split_by="file",
    cf=False,
    encoding="none",
    bits=None,
    filter="none",  # noqa: A002
    compression="none",
    compression_level=None,
    threads=0,
    hash="xxh3",  # noqa: A002
):
    """Messages with the numeric variables of a NetCDF file, of any of its formats; others are named in a warning.

    Variables packed by ``scale_factor`` and ``add_offset`` are unpacked to float64, the rest keeps its type. Missing
    values are NaN, but integers that are not packed stay as they are. Times stay numbers with their ``units``.

    ``base[i]`` has ``name`` (with the path of its group), ``dim_names``, and ``netcdf`` with the attributes; the file's
    own attributes are in ``extra``.

    split_by: ``"file"`` for one message, ``"variable"`` for a message each, ``"record"`` for one per index of the
      unlimited dimension, with that dimension of length 1; variables without it are in every message.
    cf: put the attributes that the CF conventions name (``standard_name``, ``units`` …) into ``base[i]["cf"]`` too.
    encoding, bits: ``"simple_packing"`` packs float variables, as float64, in that many bits, 16 if not given;
      coordinates and integers stay exact.
    filter, compression: further stages of the payload pipeline; compression_level is that of zstd or blosc2. szip
      takes samples of up to 32 bits: variables of wider elements that are neither packed nor shuffled go without.
    threads, hash: as for ``encode``.

    Raises FileNotFoundError, ValueError for options that do not exist, for files that are no NetCDF and for
    ``"record"`` without an unlimited dimension, and RuntimeError where netCDF4 is not installed
    (``pip install "tensogram[netcdf]"``).
    """
    from tensogram._convert import options, requirements

    source = options.path("path", path)
    with_cf = options.flag("cf", cf)
    options.text("split_by", split_by)
    stages = options.Stages(encoding, bits, filter, compression, compression_level, threads, hash)
    requirements.need_netcdf()
    options.choice("split_by", split_by, ("file", "variable", "record"))
    stages.check()
    from tensogram._convert import netcdf

    return netcdf.convert_file(source, split_by=split_by, with_cf=with_cf, stages=stages)


def to_grib(messages):
    """GRIB messages, one for each data object of Tensogram messages such as ``convert_grib`` makes.

    An object needs ``mars`` keys with ``param``, ``date`` and an ``area`` of [north, west, south, east] in ``base[i]``,
    and a shape of rows from north to south by columns from west to east. Values are packed in the bits of their
    simple packing, or in 24; NaN is a missing point. The edition is the one in ``base[i]["grib"]["ls"]``, or else 2.

    Raises ValueError for messages that cannot be decoded and for keys that ecCodes cannot express, and RuntimeError
    where ecCodes is not installed (``pip install "tensogram[grib]"``).
    """
    from tensogram._convert import options, requirements

    given = options.messages("to_grib", messages)
    requirements.need_grib()
    from tensogram._convert import grib_output

    return grib_output.convert(given)


def to_netcdf(messages, path):
    """Writes the data objects of Tensogram messages as variables of one NetCDF-4 file.

    Names, dimensions and attributes are those that ``convert_netcdf`` keeps, whose files come back as they were. Fields
    of ``convert_grib`` get coordinates from their ``area``; several of one name become one variable over time, ensemble
    member and level. Other objects get names and dimensions of their own.

    The file is written aside and then takes its place at once, so a failure leaves an existing one as it was. Raises
    ValueError for no messages, for those that cannot be decoded, and for objects that do not fit together, OSError
    where the file cannot be written, and RuntimeError where netCDF4 is not installed
    (``pip install "tensogram[netcdf]"``).
    """
    from tensogram._convert import options, requirements

    given = options.messages("to_netcdf", messages)
    target = options.path("path", path)
    requirements.need_netcdf()
    from tensogram._convert import netcdf_output

    netcdf_output.convert(given, target)


def converter_flag(name):
    """The value of ``tensogram.__has_grib__`` or ``tensogram.__has_netcdf__``: whether these converters work."""
    libraries = {"__has_grib__": "eccodes", "__has_netcdf__": "netCDF4"}
    if name not in libraries:
        raise AttributeError(f"module 'tensogram' has no attribute {name!r}")
    from tensogram._convert import requirements

    return requirements.is_there(libraries[name])
