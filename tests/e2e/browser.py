"""python tests/e2e/browser.py: see to it that there is a browser for the end-to-end tests.

The system's Chromium is taken when it is there, else Playwright's own, else the system's package is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# As root there is no sandbox to be had; the other switches keep the browser from calling home.
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find() -> str | None:
    """Path of a browser that can be driven, None when there is none."""
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


def install() -> None:
    """Get a browser: Playwright's own, or the system's package."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        ways += [[*sudo, "apt-get", "update", "-qq"], [*sudo, "apt-get", "install", "-y", "-qq", "chromium"]]
    for way in ways:
        if find() is None:
            subprocess.run(way, check=False, timeout=900, stdout=subprocess.DEVNULL)


def main() -> int:
    """Exit code 1, with what to do, when no browser could be had."""
    if find() is None:
        install()
    found = find()
    if found is None:
        print("No browser for the end-to-end tests could be had; install Chromium and try again.", file=sys.stderr)
        return 1
    print(f"Browser: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
