"""Packaging of jmapd: what it needs, and its commands."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "jmapd" / "__init__.py").read_text())
OPTIONAL = {
    "charset": ["chardet>=5"],
    "watch": ["inotify_simple>=1.3"],
    "contacts": ["vobject>=0.9.8"],
    "calendars": ["icalendar>=6"],
}

assert VERSION is not None
setup(
    name="jmapd",
    version=VERSION[1],
    description="JMAP for the Maildir, vCard and iCalendar files that people already have",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["jmapd", "jmapd.*"]),
    package_data={"jmapd": ["py.typed"]},
    scripts=sorted(str(path.relative_to(HERE)) for path in (HERE / "bin").glob("jmapd-*")),
    install_requires=[
        "aiosmtpd>=1.4.6",
        "argon2-cffi>=23.1",
        "asn1crypto>=1.5",
        "bcrypt>=4",
        "cryptography>=42",
        "gunicorn>=22",
        "libpass>=1.9",
        "numpy>=1.26",
        "orjson>=3.9",
        "pyroaring>=1.0",
        "werkzeug>=3",
        "wsproto>=1.2",
    ],
    extras_require=OPTIONAL
    | {
        "all": sorted(name for names in OPTIONAL.values() for name in names),
        "test": [
            "pytest>=8",
            "pytest-xdist>=3",
            "http-ece>=1.2",
            "hypothesis>=6.100",
            "python-dateutil>=2.8",
            "recurring-ical-events>=3",
            "websockets>=13",
        ],
    },
    classifiers=[
        "Environment :: Web Environment",
        "License :: OSI Approved :: MIT License",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Topic :: Communications :: Email",
    ],
)
