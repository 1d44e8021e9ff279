"""reaper.py COMMAND...: runs a server and inherits the processes that it loses, so that no CPU second is lost.

An sshd connection ends without waiting for its own children; the kernel gives those to this process, whose times of
reaped children then hold all that the server ever spent. SIGTERM and SIGINT are passed on.
"""
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36


def main():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("reaper: prctl is refused")
    child = os.fork()
    if child == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda which, _: os.kill(child, which))
    own_status = None
    while own_status is None:
        pid, status = os.wait()
        if pid == child:
            own_status = os.waitstatus_to_exitcode(status)
    sys.exit(own_status if own_status >= 0 else 128 - own_status)


if __name__ == "__main__":
    main()
