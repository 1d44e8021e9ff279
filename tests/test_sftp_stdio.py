"""OpenSSH's sftp against the SFTP server on its standard input and output (tests/support/sftp_stdio.cc), without SSH.

    python3 tests/test_sftp_stdio.py build/release/src/gate_ssh/sftp/sftp_stdio
"""
import os
import re
import subprocess
import sys
import tempfile


def run(server, folder, commands, *options):
    """The commands in one session, whose server begins empty; a command that fails ends it, unless it begins with `-`"""
    batch = os.path.join(folder, "batch")
    with open(batch, "w", encoding="utf-8") as file:
        file.write("\n".join(commands) + "\n")
    done = subprocess.run(["sftp", "-D", server, "-b", batch, *options], cwd=folder, capture_output=True, timeout=100)
    output = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, output
    return output


def same(folder, left, right):
    with open(os.path.join(folder, left), "rb") as one, open(os.path.join(folder, right), "rb") as other:
        assert one.read() == other.read(), f"{left} and {right} differ"


def test_put_and_get(server, folder):
    for size in (0, 1, 32768, 261120, 262144, 10_000_001):
        with open(os.path.join(folder, "in"), "wb") as file:
            file.write(os.urandom(size))
        for options in ((), ("-B", "32768", "-R", "64"), ("-B", "64000", "-R", "10"), ("-R", "1")):
            run(server, folder, ["put in", "get in out", "put -f in two", "get two out2"], *options)
            same(folder, "in", "out")
            same(folder, "in", "out2")
            os.remove(os.path.join(folder, "out"))
            os.remove(os.path.join(folder, "out2"))


def test_resume(server, folder):
    with open(os.path.join(folder, "whole"), "wb") as file:
        file.write(os.urandom(3_000_000))
    with open(os.path.join(folder, "whole"), "rb") as whole, open(os.path.join(folder, "part"), "wb") as part:
        part.write(whole.read(1_234_567))
    run(server, folder, ["put part there", "reput whole there", "get there back", "put whole two", "!cp part again", "reget two again"])
    same(folder, "whole", "back")
    same(folder, "whole", "again")


def test_tree(server, folder):
    for name in ("tree/ä/ü.txt", "tree/empty", "tree/a b/c'd.txt"):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"" if name.endswith("empty") else os.urandom(1000))
    run(server, folder, ["put -Rp tree", "get -R tree back"])
    done = subprocess.run(["diff", "-r", "tree", "back"], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stdout


def test_names_and_lists(server, folder):
    with open(os.path.join(folder, "f"), "wb") as file:
        file.write(b"content")
    os.utime(os.path.join(folder, "f"), (1_000_000_000, 1_000_000_000))
    output = run(server, folder, [
        "pwd", "put -p f a", "mkdir d", "rename a d/b", "ls -la", "ls -l d", "cp d/b copy", "df", "-rmdir d", "rm d/b", "rmdir d",
        "-ln -s a b", "-ln a b", "-get missing", "-cd d", "lls", "put f tilde", "ls -n tilde", "get copy copy"])
    assert "Remote working directory: /home" in output, output
    assert re.search(r"-rw-------\s+\S+ ada\s+users\s+7 Sep  9  2001 d/b", output), output
    assert re.search(r"drwx------\s+\S+ ada\s+users", output), output
    assert re.search(r"-rw-------\s+\S+ \S+\s+\S+\s+7 Nov 14  2023 tilde", output), output
    same(folder, "f", "copy")


def main():
    server = os.path.abspath(sys.argv[1])
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            with tempfile.TemporaryDirectory() as folder:
                test(server, folder)
            print("ok", name)


if __name__ == "__main__":
    main()
