"""Runs programs: each with a time limit, in a session of its own, so that what it started ends with it."""
import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import tempfile
import termios

TAIL = 400  # characters of a program's output that a message shows


class Failed(Exception):
    """What a client was told to do did not happen; the text says why."""


class Done:
    """code: exit status; output: what it said on both streams"""

    def __init__(self, code, output):
        self.code, self.output = code, output

    def __repr__(self):
        said = " / ".join(line.strip() for line in self.output[-TAIL:].splitlines() if line.strip())
        return f"exit status {self.code}: {said}"


class Shell:
    """Where programs run: their HOME, their folder, their language, and how long each may take."""

    def __init__(self, home, timeout_s):
        self.home, self.timeout_s = home, timeout_s

    def environment(self, more):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": self.home, **(more or {})}

    def start(self, command, environment=None, **more):
        return subprocess.Popen(command, env=self.environment(environment), cwd=self.home, start_new_session=True, **more)

    def run(self, command, input=None, environment=None, typed=None):
        """Runs to the end, or to the time limit. The output goes through a file: who stays behind holds up nobody.

        typed: gives the program a terminal, at which this has been typed. Else it has none.
        """
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, terminal(typed) as more:
            given.write((input or "").encode())
            given.seek(0)
            process = self.start(command, environment, stdin=given, stdout=said, stderr=subprocess.STDOUT, **more)
            try:
                code = process.wait(self.timeout_s)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                end(process)
            said.seek(0)
            output = said.read().decode("utf-8", "replace")
        if code is None:
            raise Failed(f"{os.path.basename(command[0])} did not end within {self.timeout_s} s: {output[-TAIL:]}")
        return Done(code, output)

    def must(self, command, input=None, environment=None, typed=None):
        """The output of a program that has to succeed."""
        done = self.run(command, input, environment, typed)
        if done.code != 0:
            raise Failed(f"{os.path.basename(command[0])}: {done}")
        return done.output


@contextlib.contextmanager
def terminal(typed):
    """What `start` needs besides for a program with a controlling terminal."""
    if typed is None:
        yield {}
        return
    master, slave = pty.openpty()
    try:
        os.write(master, typed.encode())
        yield {"preexec_fn": lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0)}
    finally:
        os.close(master)
        os.close(slave)


def end(process):
    """Ends a program of `start` and what it started. Only for a program that leads its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
