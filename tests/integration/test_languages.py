"""The tools speak the user's language to people, and English to programs."""

import subprocess

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
