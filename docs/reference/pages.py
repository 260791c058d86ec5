"""Which functions and types stand on which page of the reference. What no page names stands on its header's first one."""

import dataclasses


@dataclasses.dataclass
class Page:
    name: str
    summary: str
    header: str
    functions: tuple = ()
    types: tuple = ()       # of other headers than its own, or of a shared one
    example: tuple = ()     # file in examples/, name of its part
    see: tuple = ()

    @property
    def of(self):
        """Whose functions these are, where the page is not a header's first one."""
        objects = {name.split("_")[1] for name in self.functions} & {"frame", "helper", "sharer"}
        return [f"qa_{name}" for name in sorted(objects)]


PAGES = (
    Page("qa_context", "the library's event loop behind one descriptor", "context.h",
         example=("helper-tour.c", "context"), see=("qa_helper", "qa_sharer", "qa_errors")),
    Page("qa_errors", "the errors of qassist", "errors.h", example=("sharer-tour.c", "errors"), see=("qa_context",)),
    Page("qa_session", "states, pauses and notices of a session", "session.h",
         example=("helper-tour.c", "state"), see=("qa_helper", "qa_sharer")),
    Page("qa_helper", "the side that sees and, where allowed, controls", "helper.h",
         example=("helper-tour.c", "helper"),
         see=("qa_context", "qa_frame", "qa_helper_request", "qa_helper_input", "qa_chat", "qa_sign_in")),
    Page("qa_helper_request", "ask the sharer for permissions, pause, choose a screen", "helper.h",
         functions=("qa_helper_request", "qa_helper_requested", "qa_helper_permissions", "qa_helper_pause",
                    "qa_helper_resume", "qa_helper_paused", "qa_helper_choose_screen"),
         types=("screen.h",), example=("helper-tour.c", "request"), see=("qa_consent", "qa_helper")),
    Page("qa_helper_input", "pointer, keys and text for the sharer's screen", "helper.h",
         functions=("qa_helper_pointer_move", "qa_helper_pointer_button", "qa_helper_pointer_wheel", "qa_helper_key",
                    "qa_helper_text"),
         types=("input.h",), example=("helper-tour.c", "input"), see=("qa_helper", "qa_helper_request")),
    Page("qa_helper_mark", "laser pointer and marks on the sharer's screen", "helper.h",
         functions=("qa_helper_point", "qa_helper_point_hide", "qa_helper_mark_begin", "qa_helper_mark_to",
                    "qa_helper_mark_end", "qa_helper_undo", "qa_helper_clear"),
         types=("annotate.h",), example=("helper-tour.c", "mark"), see=("qa_helper", "qa_helper_request")),
    Page("qa_sharer", "the side whose screen is shown; it decides everything", "sharer.h",
         example=("sharer-tour.c", "sharer"),
         see=("qa_context", "qa_consent", "qa_sharer_revoke", "qa_sharer_submit_frame", "qa_chat", "qa_restart")),
    Page("qa_sharer_revoke", "take permissions back, pause, report", "sharer.h",
         functions=("qa_sharer_revoke", "qa_sharer_pause", "qa_sharer_resume", "qa_sharer_paused", "qa_sharer_set_prompt",
                    "qa_sharer_allow_prompts", "qa_sharer_permissions", "qa_sharer_seconds_left", "qa_sharer_report"),
         example=("sharer-tour.c", "revoke"), see=("qa_sharer", "qa_consent")),
    Page("qa_sharer_submit_frame", "share a program's own pixels", "sharer.h",
         functions=("qa_sharer_submit_frame",), example=("sharer-tour.c", "frame"),
         see=("qa_sharer", "qa_helper_input", "qa_helper_mark")),
    Page("qa_consent", "a question to the sharer, to be answered once", "consent.h",
         example=("sharer-tour.c", "consent"), see=("qa_sharer", "qa_helper_request")),
    Page("qa_frame", "a picture of the sharer's screen", "picture.h", example=("helper-tour.c", "frame"),
         see=("qa_frame_moves", "qa_helper")),
    Page("qa_frame_moves", "what of a picture was only moved, and what was painted", "picture.h",
         functions=("qa_frame_moves", "qa_frame_painted"), example=("helper-tour.c", "keep"), see=("qa_frame",)),
    Page("qa_chat", "messages and clipboard texts between both users", "helper.h",
         functions=("qa_helper_chat", "qa_helper_clipboard", "qa_sharer_chat", "qa_sharer_clipboard"),
         example=("helper-tour.c", "chat"), see=("qa_helper", "qa_sharer", "qa_session")),
    Page("qa_restart", "restart the sharer's computer and take the session up again", "sharer.h",
         functions=("qa_helper_request_restart", "qa_helper_restart_seconds", "qa_sharer_leave", "qa_resume_relay"),
         example=("sharer-tour.c", "restart"), see=("qa_sharer", "qa_helper")),
    Page("qa_sign_in", "sign a helper in at an issuer of OpenID Connect", "identity.h",
         example=("sign-in-helper.c", "sign-in"), see=("qa_helper", "qa_context")),
    Page("qa_check", "whether what sharing a screen needs is there", "check.h",
         example=("check-sharing.c", "check"), see=("qa_sharer", "qa_context")),
)
