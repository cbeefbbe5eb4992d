"""A missing program is an error that says what to install."""

from pathlib import Path

import pytest

from services import ServiceError, apt, programs


def test_real_programs_are_preferred_to_those_on_the_path(tmp_path, monkeypatch):
    (tmp_path / "initdb").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert (programs.postgres() / "postgres").is_file()


@pytest.mark.parametrize(
    ("program", "package"), [("java", "openjdk-17-jre-headless"), ("maven", "maven"), ("graphviz", "graphviz")]
)
def test_the_error_about_a_missing_program_names_its_package(monkeypatch, program, package):
    monkeypatch.setattr(programs, f"_find_{program}", lambda: None)
    monkeypatch.setattr(apt, "usable", lambda: False)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(ServiceError, match=rf"not found on this machine; run: sudo apt-get install {package}"):
        getattr(programs, program)()


def test_a_missing_program_is_installed_if_allowed(monkeypatch):
    installed = []
    monkeypatch.setattr(programs, "_find_graphviz", lambda: Path("/usr/bin/dot") if installed else None)
    monkeypatch.setattr(apt, "usable", lambda: True)
    monkeypatch.setattr(apt, "install", installed.append)
    assert programs.graphviz() == Path("/usr/bin/dot")
    assert installed == [("graphviz",)]


def test_a_java_that_is_too_old_is_ignored(tmp_path, monkeypatch):
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert programs.java() != old
