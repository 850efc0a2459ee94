"""Lists of domains that work with code commonly needs, by name.

Whole domains with their subdomains: registries answer with redirects to further hosts of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESETS: Mapping[str, tuple[str, ...]] = {
    "alpine": (".alpinelinux.org",),
    "bitbucket": (".bitbucket.org",),
    "codeberg": (".codeberg.org",),
    "conda": (".anaconda.com", ".anaconda.org"),
    "dart": (".pub.dev",),
    "debian": (".debian.org",),
    "deno": (".deno.land", ".jsr.io"),
    "dotnet": (".dotnet.microsoft.com", ".nuget.org"),
    "elixir": (".hex.pm",),
    "fedora": (".fedoraproject.org",),
    "github": (".github.com", ".githubusercontent.com"),
    "gitlab": (".gitlab.com",),
    "go": (".go.dev", ".golang.org"),
    "haskell": (".haskell.org",),
    "huggingface": (".hf.co", ".huggingface.co"),
    "java": (".gradle.org", ".maven.apache.org", ".maven.org"),
    "node": (".nodejs.org", ".npmjs.org", ".yarnpkg.com"),
    "perl": (".cpan.org", ".metacpan.org"),
    "php": (".getcomposer.org", ".packagist.org"),
    "python": (".pypi.org", ".pythonhosted.org"),
    "r": (".r-project.org",),
    "ruby": (".rubygems.org",),
    "rust": (".crates.io", ".rust-lang.org"),
    "ubuntu": (".ubuntu.com",),
}
"""Preset → domains, each with a leading dot."""
