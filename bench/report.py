"""What was measured: as a table on the terminal, and as JSON with the facts of the machine."""
import json
import os
import platform
import statistics
import subprocess

LABELS = {"mib_per_s": "MiB/s", "durable_mib_per_s": "MiB/s durable", "server_cpu_s_per_gib": "server CPU s/GiB",
          "client_cpu_s_per_gib": "client CPU s/GiB"}


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "not installed"
    return (done.stdout or done.stderr).splitlines()[0].strip()


def machine(folder, bulkhead):
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as file:
        memory_kib = int(file.readline().split()[1])
    return {"cpu": models[0] if models else platform.machine(), "cpus": len(os.sched_getaffinity(0)),
            "memory_gib": round(memory_kib / (1 << 20), 1), "kernel": platform.release(),
            "file_system": first_line(["stat", "-f", "-c", "%T", folder]), "load_at_start": os.getloadavg(),
            "bulkhead": first_line([bulkhead, "--version"]), "nginx": first_line(["nginx", "-v"]),
            "curl": first_line(["curl", "--version"]), "openssl": first_line(["openssl", "version"]),
            "ssh": first_line(["ssh", "-V"]), "proftpd": first_line(["proftpd", "-v"])}


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def summary(runs):
    """Least, middle and greatest of each figure of some runs."""
    return {key: spread([run[key] for run in runs]) for key in runs[0]}


def shown(value):
    return f"{value['median']:9.2f} ({value['min']:.2f}..{value['max']:.2f})"


def ratios(ours, peer):
    return {key: ours[key]["median"] / peer[key]["median"] for key in LABELS if key in ours and peer[key]["median"] > 0}


def print_transfers(transfers):
    for cell in transfers:
        print(f"\n{cell['direction']} of {cell['size_mib']} MiB, {cell['cipher']}: median (min..max) of {cell['runs']}")
        print(f"  {'':18s} {'nginx':>28s} {'bulkhead':>28s} {'ratio':>7s}")
        for key, label in LABELS.items():
            if key in cell["bulkhead"]:
                columns = f"{shown(cell['nginx'][key]):>28s} {shown(cell['bulkhead'][key]):>28s}"
                print(f"  {label:18s} {columns} {cell['ratio'][key]:7.2f}")


def print_rates(rates):
    titles = f"{'median ms':>9s} {'p99 ms':>8s} {'CPU ms each':>11s} {'failed':>6s}"
    print(f"\n{'requests':43s} {'per second':>10s} {titles}")
    for rate in rates:
        print(f"{rate['what']:43s} {rate['per_second']:10.1f} {rate['median_ms']:9.2f} {rate['p99_ms']:8.2f} "
              f"{rate['server_cpu_ms']:11.3f} {rate['failures']:6d}")


def print_memory(memory):
    if not memory:
        return print("\nMemory of a connection: not measured, only root may look into the sandbox")
    print(f"\n{'memory of one connection, KiB':43s} {'gate':>8s} {'porter':>8s} {'both':>8s} {'ring':>8s}")
    for row in memory:
        both = row["gate"] + row["porter"]
        print(f"{row['when']:43s} {row['gate']:8d} {row['porter']:8d} {both:8d} {row['ring']:8d}")


def print_all(facts, results):
    print(f"\n{facts['cpus']} x {facts['cpu']}, Linux {facts['kernel']}, {facts['file_system']}; {facts['nginx']}; "
          f"{facts['curl'].split(' (')[0]}")
    print_transfers(results["transfers"])
    print_rates(results["rates"])
    print_memory(results["memory"])
    print_noise(results["foreign_cores"])


def print_noise(noise):
    verdict = ": too noisy to compare with other days" if noise["median"] > 0.1 else ""
    print(f"\nOther programs used {noise['median']:.2f} cores at the median, {noise['max']:.2f} at most{verdict}")


def store(results, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
