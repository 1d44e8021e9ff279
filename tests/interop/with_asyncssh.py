"""One operation with asyncssh, for libraries.py: a JSON request on standard input; exit status 1 and the reason if it fails."""
import asyncio
import json
import os
import sys

import asyncssh

PIECE = 1 << 20


async def resume_get(sftp, remote, local):
    """asyncssh has no resume: as its users write it."""
    with open(local, "ab") as target:
        async with sftp.open(remote, "rb") as source:
            await source.seek(target.tell())
            while piece := await source.read(PIECE):
                target.write(piece)


async def resume_put(sftp, local, remote):
    have = (await sftp.stat(remote)).size
    with open(local, "rb") as source:
        source.seek(have)
        async with sftp.open(remote, "ab") as target:
            while piece := source.read(PIECE):
                await target.write(piece)


async def get_tree(sftp, remote, local):
    await sftp.get(remote, local, recurse=True)


async def put_tree(sftp, local, remote):
    await sftp.put(local, remote, recurse=True)


async def listdir(sftp, folder):
    print(json.dumps([name for name in await sftp.listdir(folder) if name not in (".", "..")]))


async def at_once(sftp, local, remote_folder, local_folder):
    """Ten files up at the same time, then all of them down at the same time."""
    names = [f"part-{number}" for number in range(10)]
    await asyncio.gather(*(sftp.put(local, f"{remote_folder}/{name}") for name in names))
    await asyncio.gather(*(sftp.get(f"{remote_folder}/{name}", f"{local_folder}/{name}") for name in names))
    for name in names:
        with open(f"{local_folder}/{name}", "rb") as got, open(local, "rb") as wanted:
            if got.read() != wanted.read():
                raise OSError(f"{name} came back changed")


async def rekeying(sftp, local, remote, back):
    """Both ways over a connection with many rekeys of this client, which goes on sending meanwhile."""
    await sftp.put(local, remote)
    await sftp.get(remote, back)


async def main():
    request = json.load(sys.stdin)
    operation, arguments, access = request["operation"], request["arguments"], request["access"]
    own = {name: globals()[name] for name in ("resume_get", "resume_put", "get_tree", "put_tree", "listdir", "at_once", "rekeying")}
    keys = [access["key"]] if access["key"] else None
    async with asyncssh.connect(access["host"], access["port"], username=access["user"], password=access["password"], client_keys=keys,
                                agent_path=None, config=None, known_hosts=access["known_hosts"], login_timeout=20,
                                rekey_bytes=(1 if operation == "rekeying" else 1024) << 20) as connection:
        async with connection.start_sftp_client() as sftp:
            if operation in own:
                await own[operation](sftp, *arguments)
            else:
                await getattr(sftp, operation)(*arguments)


if __name__ == "__main__":
    os.environ.pop("SSH_AUTH_SOCK", None)
    try:
        asyncio.run(main())
    except (asyncssh.Error, OSError) as why:
        sys.exit(f"{type(why).__name__}: {why}")
