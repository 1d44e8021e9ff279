"""The tables of the part ssh. A ratio is ours to that peer's, of the medians."""
from report import print_noise, shown

LARGE = {"mib_per_s": "MiB/s", "server_cpu_s_per_gib": "server CPU s/GiB", "client_cpu_s_per_gib": "client CPU s/GiB"}
SMALL = {"files_per_s": "files/s", "server_cpu_ms_per_file": "server CPU ms/file"}
SIGN_ONS = {"per_second": "per second", "median_ms": "median ms", "server_cpu_ms": "server CPU ms",
            "client_cpu_ms": "client CPU ms", "failures": "failed"}
IDLE = {"sessions": "sessions", "private_kib": "private KiB", "processes": "processes"}
OURS, MAIN_PEER = "bulkhead", "sshd"


def ratio(ours, peer):
    return f"{ours / peer:.2f}" if ours is not None and peer else ""


def median(cell, name, key):
    return cell["summary"][name][key]["median"] if name in cell["summary"] else None


def print_cells(cells, labels, peers):
    for cell in cells:
        title = ", ".join(filter(None, (cell["what"], cell["direction"], cell["cipher"])))
        print(f"\n{title}: median (min..max) of {cell['runs']}")
        print(f"  {'':18s} " + " ".join(f"{name:>28s}" for name in peers) + f" {'ours/sshd':>10s}")
        for key, label in labels.items():
            found = {name: shown(figures[key]) for name, figures in cell["summary"].items()}
            columns = " ".join(f"{found.get(name, 'no such cipher'):>28s}" for name in peers)
            print(f"  {label:18s} {columns} {ratio(median(cell, OURS, key), median(cell, MAIN_PEER, key)):>10s}")


def print_durable(cells):
    """Ours always answers when the bytes are safe: its put beside the other's put with fsync."""
    by_way = {(cell["cipher"], cell["direction"]): cell for cell in cells}
    for (cipher, direction), cell in by_way.items():
        synced = by_way.get((cipher, "put -f"))
        key = "mib_per_s" if cipher else "files_per_s"
        if direction == "put" and synced and median(cell, OURS, key) and median(synced, MAIN_PEER, key):
            found = ratio(median(cell, OURS, key), median(synced, MAIN_PEER, key))
            print(f"  {cell['what']}, {cipher or 'any cipher'}: put of ours / put -f of sshd: {found}")


def print_rows(title, rows, columns, compared):
    print(f"\n{title:48s} " + " ".join(f"{label:>16s}" for label in columns.values()) + f" {'ours/sshd':>10s}")
    peers = {row.get("kex"): row for row in rows if row["server"] == MAIN_PEER}
    for row in rows:
        peer = peers.get(row.get("kex"))
        against = ratio(row[compared], peer[compared]) if row["server"] == OURS and peer else ""
        name = ", ".join(filter(None, (row["server"], row.get("kex"))))
        print(f"{name:48s} " + " ".join(f"{row[key]:16.2f}" for key in columns) + f" {against:>10s}")


def print_all(facts, results):
    print(f"\n{facts['cpus']} x {facts['cpu']}, Linux {facts['kernel']}, {facts['file_system']}; "
          f"client {facts['ssh'].split(',')[0]}; {facts['proftpd']}")
    print_cells(results["large"], LARGE, results["peers"])
    print_cells(results["small"], SMALL, results["peers"])
    if OURS in results["peers"]:
        print("\nboth durable")
        print_durable(results["large"] + results["small"])
    print_rows("sign-ons with an Ed25519 key, 4 at a time", results["sign_ons"], SIGN_ONS, "per_second")
    print_rows("idle signed-on sessions, each", results["idle"], IDLE, "private_kib")
    print_noise(results["foreign_cores"])
