"""Whether there is enough of everything, which there is."""
with open("/proc/self/maps", encoding="utf-8") as maps:
    has_libc = any("libc.so" in line or "libc-" in line for line in maps)
with open("/proc/cpuinfo", encoding="utf-8") as cpus:
    has_processor = any(line.startswith("processor") for line in cpus)
with open("/proc/self/status", encoding="utf-8") as status:
    has_name = status.readline().startswith("Name:")
with open("plan.txt", "w", encoding="utf-8") as out:
    out.write(f"{has_libc} {has_processor} {has_name}\n")
