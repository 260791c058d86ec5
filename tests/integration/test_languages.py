"""The tools speak the user's language to people, and English to programs."""

import pathlib
import re
import shutil
import subprocess

import pytest
from terminal import Terminal
from tools import BUILD, environment


def test_questions_in_the_terminal(session, french):
    session.start_helper()
    terminal = Terminal("qa-share", "--relay", session.url, "--ca", session.relay.ca,
                        DISPLAY=session.display.name, **french)
    try:
        terminal.wait("Avant de partager votre écran :")
        at = terminal.wait("Code de sécurité donné par votre assistant :")
        terminal.type("12 34\n")
        at = terminal.wait("Ce n’est pas un code complet.", at)
        terminal.type(session.code + "\n")
        at = terminal.wait("Votre assistant est Dev H. de Development", at)
        at = terminal.wait("Avez-vous appelé Dev H. vous-même ? [o/N]", at)
        terminal.type("o\n")
        at = terminal.wait("Laisser Dev H. voir votre écran ? [o/N]", at)
        terminal.type("peut-être\n")
        at = terminal.wait("Tapez o pour oui ou n pour non.", at)
        at = terminal.wait("Laisser Dev H. voir votre écran ? [o/N]", at)
        terminal.type("o\n")
        at = terminal.wait("Dev H. voit votre écran |", at)
        session.helper.script("request control")
        at = terminal.wait("Laisser Dev H. contrôler votre souris et votre clavier ? [o/N]", at)
        terminal.type("non\n")
        at = terminal.wait("Vous avez dit non. Dev H. voit toujours votre écran.", at)
        terminal.type("e")
        terminal.wait("La session est terminée. Plus rien n’est partagé.", at)
        assert terminal.finish() == 0
    finally:
        terminal.stop()


def test_errors_and_advice(french):
    done = subprocess.run([str(BUILD / "tools" / "qa-share"), "--no-gui", "1234 5678 9013"],
                          env=environment(DISPLAY=":1", QASSIST_RELAY="localhost", **french),
                          capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stderr == ("qa-share: un chiffre du code de sécurité est mal saisi. Demandez à votre "
                           "assistant de relire le code, chiffre par chiffre.\n")


def test_programs_are_spoken_to_in_english(session, french):
    session.start_helper()
    session.sharer = session._start(
        "qa-share", ["--relay", session.url, "--ca", session.relay.ca, "--json", session.code],
        DISPLAY=session.display.name, **french)
    session.sharer.wait("consent", permission="view")
    session.sharer.say("nonsense")
    assert session.sharer.wait("refused")["detail"].startswith("expected an object")
    session.sharer.answer("deny")
    assert session.sharer.finish() == (0, None)


ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_text_has_its_french(tmp_path):
    """Nothing marked for translation is missing from po/POTFILES, missing in French, or guessed."""
    if not shutil.which("xgettext"):
        pytest.skip("no gettext here")
    listed = [line for line in (ROOT / "po" / "POTFILES").read_text().split() if line]
    marked = [str(path.relative_to(ROOT)) for path in (ROOT / "tools").rglob("*.[ch]")
              if path.name != "i18n.h" and re.search(r"\bN?_\(\s*\"", path.read_text())]
    assert not set(marked) - set(listed), "add these to po/POTFILES"
    template = tmp_path / "qassist.pot"
    subprocess.run(["xgettext", "--files-from=po/POTFILES", f"--output={template}", "--from-code=UTF-8",
                    "--keyword=_", "--keyword=N_", "--keyword=XX:3"], cwd=ROOT, check=True)
    for language in (ROOT / "po" / "LINGUAS").read_text().split():
        catalogue = ROOT / "po" / f"{language}.po"
        for command in (["msgfmt", "--check-format", "--output-file=/dev/null", catalogue],
                        ["msgcmp", catalogue, template]):
            done = subprocess.run(command, capture_output=True, text=True,
                                  env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
            assert done.returncode == 0, done.stderr
