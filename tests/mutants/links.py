"""Folders of programs with one of them replaced."""
import os
import shutil


def linked(folder, above, name, program):
    """A copy of a folder of programs by hard links, with one of them replaced."""
    copy = os.path.join(above, name)
    shutil.copytree(folder, copy, copy_function=lambda source, target: os.link(source, target))
    os.chmod(copy, 0o755)
    if program:
        os.unlink(os.path.join(copy, os.path.basename(program)))
        os.link(program, os.path.join(copy, os.path.basename(program)))
    return copy
