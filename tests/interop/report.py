"""What was found, as a page. No date and no machine in it: the same software makes the same page."""
HEAD = """\
# Foreign clients

Made by `make interop`: unmodified clients of Debian against {peer} over loopback. {sizes} Cut transfers are cut in the network,
after 10 of 24 MiB; resumed means that only the rest went over the wire. The tree has names in German, Greek, Arabic, Japanese
and emoji, an empty file and an empty folder. What was uploaded is fetched with OpenSSH's sftp and compared; that client's own
uploads are covered by the others' downloads. Passwords reach the clients by their own option or by SSH_ASKPASS.
"""


class Result:
    """outcome: ok, fails, n/a; why: of the last two"""

    def __init__(self, client, case, outcome, why=""):
        self.client, self.case, self.outcome, self.why = client, case, outcome, why


def sizes_in_words(sizes):
    big = f"{sizes.big >> 30} GiB" if sizes.big >> 30 else f"{sizes.big >> 20} MiB"
    return f"The listing has {sizes.entries:,} entries, the big file {big}."


def page(peer_name, sizes, clients, results, further):
    notes = []
    lines = [HEAD.format(peer=peer_name, sizes=sizes_in_words(sizes)), "| client | version |", "|---|---|"]
    lines += [f"| {client.name} | {client.package} {client.version()} |" for client in clients]
    lines += ["", "| | " + " | ".join(client.name for client in clients) + " |", "|---" * (len(clients) + 1) + "|"]
    for case in dict.fromkeys(result.case for result in results):
        row = {result.client: result for result in results if result.case == case}
        lines.append(f"| {case} | " + " | ".join(cell(row.get(client.name), notes) for client in clients) + " |")
    lines += ["", "## Further", "", "| client | case | |", "|---|---|---|"]
    lines += [f"| {result.client} | {result.case} | {cell(result, notes)} |" for result in further]
    if notes:
        lines += ["", "## Notes", "", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]
    return "\n".join(lines) + "\n"


def cell(result, notes):
    if result is None:
        return ""
    if result.outcome == "ok":
        return "ok"
    why = " ".join(result.why.split()).replace("|", "\\|").replace("<", "&lt;")
    if why not in notes:
        notes.append(why)
    shown = "**fails**" if result.outcome == "fails" else result.outcome
    return f"{shown} ({notes.index(why) + 1})"
