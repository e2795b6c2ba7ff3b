"""The minimum Rust version that the workspace declares is not below what a dependency declares."""

import json
import subprocess
import sys


def number(version):
    return tuple(int(part) for part in version.split(".")) + (0,) * (2 - version.count("."))


# The platforms that are meant to work.
PLATFORMS = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"]

command = ["cargo", "metadata", "--locked", "--quiet", "--format-version", "1"]
for platform in PLATFORMS:
    command += ["--filter-platform", platform]
metadata = json.loads(subprocess.check_output(command))
members = set(metadata["workspace_members"])
packages = metadata["packages"]
declared = {package["rust_version"] for package in packages if package["id"] in members}
if len(declared) != 1 or None in declared:
    sys.exit(f"the members of the workspace declare different Rust versions: {declared}")
minimum = declared.pop()
newer = [
    f"{package['name']} {package['version']} needs Rust {package['rust_version']}"
    for package in packages
    if package["rust_version"] and number(package["rust_version"]) > number(minimum)
]
if newer:
    sys.exit(f"Rust {minimum} is declared, but\n  " + "\n  ".join(newer))
highest = max((p["rust_version"] for p in packages if p["rust_version"]), key=number)
print(f"Rust {minimum} is declared; no dependency needs more than {highest}")
