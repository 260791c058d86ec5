"""Permissions one by one: asked with a purpose, granted in part and for a time, taken back; pauses by
either side. What each permission lets through is tested where that is built."""

import time

import pytest
from test_consent import assert_silent, typed
from test_main_job import assert_helper_sees
from tools import SLOW, wait_until

OTHERS = ["point", "annotate", "clipboard-to-sharer", "clipboard-to-helper"]
ALL = ["view", "control", *OTHERS]
# Longer than any test looks at it.
TYPING = "\n".join(["key a\nwait 1"] * 30000)


def view(session, *arguments):
    session.start_helper()
    session.start_sharer("--refusal-seconds", "1", *arguments)
    session.allow_view()


def ask(session, names, purpose=""):
    """The helper asks; returns the question as the sharer's program reads it."""
    session.helper.script(f"request {','.join(names)} {purpose}".rstrip())
    return session.sharer.wait("consent", permissions=[n for n in ALL if n in names])


def both_have(session, *names):
    expected = [name for name in ALL if name in ("view", *names)]
    session.sharer.wait("permissions", permissions=expected)
    session.helper.wait("permissions", permissions=expected)


@pytest.mark.parametrize("name", ["control", *OTHERS])
def test_each_permission_is_refused_granted_and_taken_back(session, name):
    view(session)
    question = ask(session, [name], "to fix the printer")
    assert question["permission"] == name
    assert question["purpose"] == "to fix the printer"
    assert question["again"] is False
    session.sharer.answer("deny")
    refused = session.helper.wait("not-allowed", permissions=[name])
    assert (refused["reason"], refused["wait_seconds"]) == ("QA_EDENIED", 1)
    session.helper.wait("permissions", permissions=["view"], reason="QA_EDENIED")

    ask(session, [name])
    session.sharer.answer("allow", permission=name)
    both_have(session, name)
    session.sharer.command("revoke", permissions=[name])
    refused = session.helper.wait("not-allowed", permissions=[name])
    assert refused["reason"] == "QA_ENOTALLOWED"
    both_have(session)
    assert session.sharer.process.poll() is None


def test_some_of_what_is_asked_is_granted(session):
    view(session)
    ask(session, ["control", "point", "clipboard-to-helper"], 'say "hello" \\ Grüße')
    question = session.sharer.seen("consent")[-1]
    assert "permission" not in question
    assert question["purpose"] == 'say "hello" \\ Grüße'
    # More than was asked, or what is none, is no answer.
    for wrong in (["point", "annotate"], ["everything"], "point", [1]):
        session.sharer.answer("allow", permissions=wrong)
        session.sharer.wait("refused")
    session.sharer.answer("allow", permissions=["point"])
    refused = session.helper.wait("not-allowed")
    assert refused["permissions"] == ["control", "clipboard-to-helper"]
    both_have(session, "point")
    # The rest is asked for alone.
    ask(session, ["control"])
    session.sharer.answer("allow")
    both_have(session, "control", "point")
    # What is there already is no question, and a script goes on.
    session.helper.script("request point,control\nwait 1\nrequest annotate")
    assert session.sharer.wait("consent")["permissions"] == ["annotate"]


def test_questions_come_one_after_the_other(session):
    view(session)
    ask(session, ["control"])
    # A script waits for its answer, so the next one comes by another way: a line of its own.
    session.sharer.answer("allow")
    both_have(session, "control")
    ask(session, ["point", "annotate"])
    session.sharer.command("revoke", permissions=["annotate"])
    withdrawn = session.sharer.wait("withdrawn")
    assert withdrawn["permissions"] == ["point", "annotate"]
    refused = session.helper.wait("not-allowed")
    assert refused["permissions"] == ["point", "annotate"]
    session.sharer.answer("allow")
    session.sharer.wait("refused", detail="there is no open question")


def start_typing(session, file, *more):
    session.display.xterm(f"stty -icanon -echo; cat > {file}")
    view(session)
    ask(session, ["control", *more])
    session.sharer.answer("allow")
    both_have(session, "control", *more)
    session.helper.script(TYPING)
    wait_until(lambda: len(typed(file)) > 20, "the first keys")


def test_taking_one_back_leaves_the_others(session, tmp_path):
    file = tmp_path / "typed.txt"
    start_typing(session, file, "point", "annotate")
    session.sharer.command("revoke", permissions=["point"])
    both_have(session, "control", "annotate")
    length = len(typed(file))
    wait_until(lambda: len(typed(file)) > length + 20, "keys after the pointer was taken back")
    session.sharer.command("revoke", permissions=["control"])
    both_have(session, "annotate")
    assert_silent(file)


def test_taking_view_back_ends(session):
    view(session)
    ask(session, ["control", "point"])
    session.sharer.answer("allow")
    both_have(session, "control", "point")
    session.sharer.command("revoke", permissions=["view", "point"])
    assert session.sharer.finish() == (0, None)
    assert session.helper.finish() == (7, "QA_ENOTALLOWED")


def test_no_answer_means_no(session):
    view(session, "--question-seconds", "2")
    ask(session, ["control", "point"])
    session.sharer.wait("withdrawn", permissions=["control", "point"])
    refused = session.helper.wait("not-allowed", permissions=["control", "point"])
    assert refused["reason"] == "QA_ETIMEOUT"
    session.sharer.answer("allow")
    session.sharer.wait("refused", detail="there is no open question")
    # It may be asked again, and then it is answered.
    ask(session, ["control"])
    session.sharer.answer("allow")
    both_have(session, "control")


def test_no_answer_to_viewing_ends(session):
    session.start_helper()
    session.start_sharer("--question-seconds", "2")
    session.sharer.wait("consent", permission="view")
    session.sharer.wait("withdrawn", permission="view")
    assert session.sharer.finish() == (0, None)
    assert session.helper.finish() == (6, "QA_ETIMEOUT")
    assert not session.helper.seen("frame")


def test_control_for_a_time_is_asked_again(session, tmp_path):
    file = tmp_path / "typed.txt"
    session.display.xterm(f"stty -icanon -echo; cat > {file}")
    view(session)
    ask(session, ["control", "point"], "to type")
    session.sharer.answer("allow", seconds=2)
    both_have(session, "control", "point")
    session.helper.script(TYPING)
    wait_until(lambda: len(typed(file)) > 5, "the first keys")
    refused = session.helper.wait("not-allowed", reason="QA_EEXPIRED")
    assert refused["permissions"] == ["control", "point"]
    both_have(session)
    question = session.sharer.wait("consent", permissions=["control", "point"])
    assert (question["again"], question["purpose"]) == (True, "to type")
    assert_silent(file)
    # The script was only waiting.
    length = len(typed(file))
    session.sharer.answer("allow", permissions=["control"])
    both_have(session, "control")
    wait_until(lambda: len(typed(file)) > length + 5, "keys after the second yes")


def test_viewing_for_a_time_ends_with_it(session):
    session.start_helper()
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.answer("allow", seconds=2)
    session.helper.wait("frame")
    assert session.sharer.finish() == (0, None)
    assert session.helper.finish() == (7, "QA_EEXPIRED")


def test_the_same_is_not_asked_over_and_over(session):
    session.start_helper()
    session.start_sharer("--refusal-seconds", "2")
    session.allow_view()
    asked = ask(session, ["control"])
    session.sharer.answer("deny")
    session.helper.wait("not-allowed", wait_seconds=2)
    # The script waits until it may ask again.
    again = ask(session, ["control"])
    assert again["time_ms"] - asked["time_ms"] >= 1900
    session.sharer.answer("deny")
    session.helper.wait("not-allowed", wait_seconds=4)
    # Something else may be asked meanwhile.
    ask(session, ["point"])
    session.sharer.answer("deny")
    third = ask(session, ["control"])
    assert third["time_ms"] - again["time_ms"] >= 3900
    session.sharer.answer("deny")
    session.helper.wait("not-allowed", permissions=["control"], wait_seconds=None)
    session.helper.script("request control")
    assert "a limit was reached" in session.helper.wait("refused")["detail"]


# ---- pauses ----


def frame_count(session):
    session.helper.drain(0.2)
    return len(session.helper.seen("frame"))


def assert_no_frames(session, seconds=1.5):
    before = frame_count(session)
    session.display.xterm("seq 20; sleep 1000", geometry="20x20+500+100", title="meanwhile",
                          focus=False)
    session.helper.drain(seconds)
    assert len(session.helper.seen("frame")) == before


def assert_whole_frame_follows(session):
    frame = session.helper.wait("frame")
    assert frame["damage"] == [[0, 0, frame["width"], frame["height"]]]


def test_what_the_sharer_hides_is_gone_and_comes_back_whole(session, tmp_path):
    session.display.xterm("seq 60; sleep 1000")
    view(session)
    session.helper.script("wait-still")
    session.sharer.command("pause")
    assert session.sharer.wait("paused")["causes"] == ["sharer"]
    assert session.helper.wait("paused")["causes"] == ["sharer"]
    # There is nothing left to save; the script waits until there is.
    hidden = tmp_path / "hidden.png"
    session.helper.script(f"snapshot {hidden}")
    assert_no_frames(session)
    assert not hidden.exists()
    session.sharer.command("resume")
    assert session.helper.wait("paused")["causes"] == []
    assert_whole_frame_follows(session)
    session.helper.wait("snapshot")
    assert_helper_sees(session, "after.png")


def test_a_pause_in_which_nothing_changed_ends_with_a_whole_picture(session):
    session.display.xterm("seq 60; sleep 1000")
    view(session)
    assert_helper_sees(session, "before.png")
    session.sharer.command("pause")
    session.helper.wait("paused", causes=["sharer"])
    session.sharer.command("resume")
    session.helper.wait("paused", causes=[])
    assert_whole_frame_follows(session)
    assert_helper_sees(session, "after.png")


def test_nothing_of_a_hidden_screen_is_saved_at_the_end(session, tmp_path):
    file = tmp_path / "end.png"
    session.start_helper("--snapshot", file, "--snapshot-after", "60000")
    session.start_sharer("--yes-view")
    session.helper.wait("frame")
    session.sharer.command("pause")
    session.helper.wait("paused", causes=["sharer"])
    session.sharer.command("end")
    session.helper.wait("end")
    assert not file.exists()


def test_the_helper_pauses_and_both_see_who(session, tmp_path):
    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}")
    view(session)
    ask(session, ["control"])
    session.sharer.answer("allow")
    both_have(session, "control")
    session.helper.script("wait-still\npause")
    assert session.helper.wait("paused")["causes"] == ["helper"]
    assert session.sharer.wait("paused")["causes"] == ["helper"]
    assert session.sharer.seen("state", state="paused")
    assert_no_frames(session)
    session.helper.script("resume\ntext again\nkey enter")
    assert session.sharer.wait("paused")["causes"] == []
    assert session.helper.wait("paused")["causes"] == []
    assert_whole_frame_follows(session)
    wait_until(lambda: typed(file) == "again\n", "typing after the pause")
    assert_helper_sees(session, "after.png")


def test_one_pause_does_not_end_the_other(session):
    view(session)
    session.helper.script("pause")
    session.sharer.wait("paused", causes=["helper"])
    session.sharer.command("pause")
    session.helper.wait("paused", causes=["sharer", "helper"])
    session.sharer.wait("paused", causes=["sharer", "helper"])
    session.helper.script("resume")
    session.sharer.wait("paused", causes=["sharer"])
    session.helper.wait("paused", causes=["sharer"])
    assert_no_frames(session, 0.5)
    session.sharer.command("resume")
    session.helper.wait("paused", causes=[])
    session.helper.wait("frame")
    session.helper.script("resume")
    assert "has not paused" in session.helper.wait("refused")["detail"]


def test_a_prompt_hides_the_screen_and_takes_no_input(session, tmp_path):
    file = tmp_path / "typed.txt"
    start_typing(session, file)
    session.sharer.command("prompt-up")
    session.sharer.wait("paused", causes=["prompt"])
    session.helper.wait("paused", causes=["prompt"])
    assert_silent(file)
    assert_no_frames(session, 0.5)
    length = len(typed(file))
    # The sharer may allow it for this session.
    session.sharer.command("allow-prompts")
    session.helper.wait("paused", causes=[])
    wait_until(lambda: len(typed(file)) > length + 5, f"keys after {length} while a prompt may be seen")
    session.sharer.command("prompt-gone")
    session.sharer.command("prompt-up")
    session.sharer.drain(0.5 * SLOW)
    assert session.sharer.seen("paused")[-1]["causes"] == []
    session.sharer.command("hide-prompts")
    session.helper.wait("paused", causes=["prompt"])


def test_a_prompt_from_before_hides_the_first_picture(session):
    session.display.xterm("sleep 1000")
    session.start_helper()
    session.start_sharer()
    session.sharer.wait("consent", permission="view")
    session.sharer.command("prompt-up")
    session.sharer.answer("allow")
    session.helper.wait("paused", causes=["prompt"])
    time.sleep(SLOW)
    assert frame_count(session) == 0
    session.sharer.command("prompt-gone")
    assert_whole_frame_follows(session)
    assert_helper_sees(session, "after.png")


def test_an_open_question_pauses_who_has_control(session, tmp_path):
    file = tmp_path / "typed.txt"
    session.display.xterm(f"cat > {file}")
    view(session, "--allow-prompts")
    ask(session, ["control"])
    # Without control there is nothing to press: the picture stays.
    session.sharer.answer("allow")
    both_have(session, "control")
    assert not session.helper.seen("paused")
    session.helper.script("request point\ntext after\nkey enter")
    session.sharer.wait("consent", permission="point")
    session.sharer.wait("paused", causes=["prompt"])
    session.helper.wait("paused", causes=["prompt"])
    session.sharer.answer("allow")
    both_have(session, "control", "point")
    session.helper.wait("paused", causes=[])
    wait_until(lambda: typed(file) == "after\n", "typing after the answer")
