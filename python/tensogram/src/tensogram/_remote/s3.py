"""Objects in S3 and stores that speak its protocol, through s3fs."""

from __future__ import annotations

import re

import s3fs

from tensogram._remote.errors import changed
from tensogram._remote.reader import Part, Reader

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
assert s3fs.S3FileSystem  # fsspec looks it up by the protocol.


class S3Reader(Reader):
    """One request per range, each on the condition that the object has the ETag that it was opened with."""

    async def _part(self, start: int, stop: int) -> Part:
        filesystem = self.filesystem
        bucket, key, version_id = filesystem.split_path(self.location)
        conditions = {} if self.version is None else {"IfMatch": self.version}
        if version_id is not None:
            conditions["VersionId"] = version_id
        try:
            answer = await filesystem._call_s3(
                "get_object", Bucket=bucket, Key=key, Range=f"bytes={start}-{stop - 1}", **conditions,
                **filesystem.req_kw,
            )  # fmt: skip
        except OSError as error:
            if "PreconditionFailed" in str(error) or "pre-conditions" in str(error):
                raise changed(self.url) from error
            raise
        async with answer["Body"] as body:
            content = await body.read()
        match = _CONTENT_RANGE.fullmatch(answer.get("ContentRange", ""))
        total = int(match[3]) if match else len(content)
        return Part(content, total, answer.get("ETag"))
