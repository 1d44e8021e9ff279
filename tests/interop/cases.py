"""The cases that every client goes through: (name, what is needed of the client, function(client, stage))."""
import dataclasses
import os

import trees
from client import require

MIB = 1 << 20
CUT = 10 * MIB  # of the 24 MiB payload, then the wire is cut


def get(client, stage):
    client.get(stage.fixture("small.bin"), stage.local("got"))
    require("other content", trees.digest(stage.local("got")) == trees.digest(stage.small))


def put(client, stage):
    client.put(stage.small, stage.remote("put"))
    stage.same(stage.small, stage.remote("put"))


def overwrite(client, stage):
    """A shorter file in the place of a longer one."""
    client.put(stage.small, stage.remote("file"))
    client.put(stage.other, stage.remote("file"))
    stage.same(stage.other, stage.remote("file"))


def empty(client, stage):
    nothing = trees.write_random(stage.local("nothing"), 0, seed=0)
    client.put(nothing, stage.remote("nothing"))
    client.get(stage.remote("nothing"), stage.local("back"))
    require("not empty", os.path.getsize(stage.local("back")) == 0)


def resume_get(client, stage):
    local = stage.local("payload")
    through = over_wire(client, stage)
    stage.wire.arm(cut_down=CUT)
    stage.refused(through.get, stage.fixture("payload.bin"), local)
    have = os.path.getsize(local) if os.path.exists(local) else 0
    require("the client kept nothing of a cut download", have > 0)
    stage.wire.arm()
    through.resume_get(stage.fixture("payload.bin"), local)
    require("other content", trees.digest(local) == trees.digest(stage.payload))
    went_on(stage.wire.down, have)


def resume_put(client, stage):
    remote = stage.remote("payload")
    through = over_wire(client, stage)
    stage.wire.arm(cut_up=CUT)
    stage.refused(through.put, stage.payload, remote)
    have = stage.settled_size(remote)
    require("the server kept nothing of a cut upload", have > 0)
    stage.wire.arm()
    through.resume_put(stage.payload, remote)
    stage.same(stage.payload, remote)
    went_on(stage.wire.up, have)


def put_again(client, stage):
    """After a cut the whole file once more."""
    through = over_wire(client, stage)
    stage.wire.arm(cut_up=CUT)
    stage.refused(through.put, stage.payload, stage.remote("payload"))
    stage.wire.arm()
    through.put(stage.payload, stage.remote("payload"))
    stage.same(stage.payload, stage.remote("payload"))


def over_wire(client, stage):
    return type(client)(client.shell, dataclasses.replace(client.access, port=stage.wire.port))


def went_on(carried, have):
    left = 24 * MIB - have
    require(f"not resumed: {carried / MIB:.1f} MiB went over the wire for the last {left / MIB:.1f}", carried < left + left // 8 + MIB)


def get_tree(client, stage):
    folder = stage.local_folder("got")
    client.get_tree(stage.fixture("tree"), folder)
    wrong = trees.difference(stage.tree_wanted, trees.tree_of(f"{folder}/tree"))
    require(wrong, not wrong)


def put_tree(client, stage):
    client.put_tree(stage.tree, stage.remote())
    folder = stage.local_folder("back")
    stage.reference.get_tree(stage.remote("tree"), folder)
    wrong = trees.difference(stage.tree_wanted, trees.tree_of(f"{folder}/tree"))
    require(wrong, not wrong)


def rename(client, stage):
    stage.reference.put(stage.small, stage.remote("old name"))
    client.rename(stage.remote("old name"), stage.remote("neuer Name ü"))
    require(f"{stage.reference.list(stage.remote())}", stage.reference.list(stage.remote()) == ["neuer Name ü"])
    stage.same(stage.small, stage.remote("neuer Name ü"))


def mkdir_rmdir(client, stage):
    client.mkdir(stage.remote("Ordner ä"))
    require("not made", "Ordner ä" in stage.reference.list(stage.remote()))
    client.rmdir(stage.remote("Ordner ä"))
    require("not removed", "Ordner ä" not in stage.reference.list(stage.remote()))


def rm(client, stage):
    stage.reference.put(stage.small, stage.remote("file"))
    stage.reference.put(stage.small, stage.remote("kept"))
    client.rm(stage.remote("file"))
    require("not removed", stage.reference.list(stage.remote()) == ["kept"])


def list_many(client, stage):
    got = client.list(stage.fixture("many"))
    wanted = trees.many_names(stage.sizes.entries)
    require(f"{len(got)} names instead of {len(wanted)}", len(got) == len(wanted))
    require("other names", sorted(got) == wanted)


def get_big(client, stage):
    local = stage.local("big")
    client.get(stage.fixture("big.bin"), local)
    require("other content", trees.digest(local) == stage.big_digest)


def put_big(client, stage):
    remote, local = stage.remote("big"), stage.local("big")
    client.put(stage.big, remote)
    try:
        stage.reference.get(remote, local)
        require("other content", trees.digest(local) == stage.big_digest)
    finally:
        stage.reference.rm(remote)


def password(client, stage):
    changed(client, key=None, password=stage.peer.password).sign_on(stage.home)


def wrong_password(client, stage):
    stage.refused(changed(client, key=None, password="not-" + stage.peer.password).sign_on, stage.home)


def wrong_key(client, stage):
    stage.refused(changed(client, key=stage.peer.stranger).sign_on, stage.home)


def unknown_host(client, stage):
    """The same client with the host known gets in, here it has to refuse."""
    client.sign_on(stage.home)
    stage.refused(changed(client, known_hosts=stage.nobody, fingerprints=()).sign_on, stage.home)


def changed(client, **access):
    return type(client)(client.shell, dataclasses.replace(client.access, **access))


CASES = (
    ("get", "get", get), ("put", "put", put), ("put over an older, longer file", "put", overwrite), ("empty file both ways", "put", empty),
    ("get cut and resumed", "resume_get", resume_get), ("put cut and resumed", "resume_put", resume_put),
    ("put cut and sent again whole", "put", put_again), ("tree with Unicode names, get", "get_tree", get_tree),
    ("tree with Unicode names, put", "put_tree", put_tree), ("rename", "rename", rename), ("mkdir and rmdir", "mkdir_rmdir", mkdir_rmdir),
    ("rm", "rm", rm), ("listing of many entries", "list", list_many), ("big file, get", "get", get_big), ("big file, put", "put", put_big),
    ("password", "sign_on", password), ("wrong password refused", "sign_on", wrong_password), ("wrong key refused", "sign_on", wrong_key),
    ("unknown host key refused by the client", "sign_on", unknown_host))
