"""One operation with paramiko, for libraries.py: a JSON request on standard input; exit status 1 and the reason if it fails."""
import json
import os
import random
import stat
import sys

import paramiko

PIECE = 32768


def connect(access):
    client = paramiko.SSHClient()
    client.load_host_keys(access["known_hosts"])
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(access["host"], access["port"], access["user"], password=access["password"], key_filename=access["key"],
                   allow_agent=False, look_for_keys=False, timeout=20)
    return client


def get(sftp, remote, local):
    sftp.get(remote, local)


def put(sftp, local, remote):
    sftp.put(local, remote)


def resume_get(sftp, remote, local):
    """paramiko has no resume: as its users write it."""
    with sftp.open(remote, "rb") as source, open(local, "ab") as target:
        source.prefetch(source.stat().st_size) if target.tell() == 0 else source.seek(target.tell())
        while piece := source.read(PIECE):
            target.write(piece)


def resume_put(sftp, local, remote):
    with open(local, "rb") as source, sftp.open(remote, "ab") as target:
        source.seek(target.stat().st_size)
        target.set_pipelined(True)
        while piece := source.read(PIECE):
            target.write(piece)


def get_tree(sftp, remote, local):
    os.makedirs(local)
    for entry in sftp.listdir_attr(remote):
        source, target = f"{remote}/{entry.filename}", os.path.join(local, entry.filename)
        get_tree(sftp, source, target) if stat.S_ISDIR(entry.st_mode) else sftp.get(source, target)


def put_tree(sftp, local, remote):
    sftp.mkdir(remote)
    for name in sorted(os.listdir(local)):
        source, target = os.path.join(local, name), f"{remote}/{name}"
        put_tree(sftp, source, target) if os.path.isdir(source) else sftp.put(source, target)


def listdir(sftp, folder):
    print(json.dumps(sftp.listdir(folder)))


def shuffled(sftp, local, remote):
    """Every piece of a file once, in any order, without waiting for the answers."""
    with open(local, "rb") as source:
        whole = source.read()
    places = list(range(0, len(whole), PIECE))
    random.Random(3).shuffle(places)
    with sftp.open(remote, "wb") as target:
        target.set_pipelined(True)
        for place in places:
            target.seek(place)
            target.write(whole[place:place + PIECE])


def check_file(sftp, path):
    with sftp.open(path, "rb") as file:
        print(file.check("sha256").hex())


def main():
    request = json.load(sys.stdin)
    operation, arguments = request["operation"], request["arguments"]
    own = {name: globals()[name] for name in ("get", "put", "resume_get", "resume_put", "get_tree", "put_tree", "listdir", "shuffled", "check_file")}
    with connect(request["access"]) as client, client.open_sftp() as sftp:
        if operation in own:
            own[operation](sftp, *arguments)
        else:
            getattr(sftp, operation)(*arguments)


if __name__ == "__main__":
    try:
        main()
    except (paramiko.SSHException, OSError, EOFError) as why:
        sys.exit(f"{type(why).__name__}: {why}")
