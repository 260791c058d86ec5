//! Consent: a question to the sharer as an object, to be answered now or later, exactly once.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use qassist_sys as sys;

use crate::error::done;
use crate::session::seconds;
use crate::text::text_of;
use crate::{ConsentKind, Context, Permissions, Result};

/// A question to the sharer. Keep it as long as the user thinks; dropped unanswered it means no.
/// A clone is another handle of the same question, and so equal to it.
pub struct Consent {
    raw: *mut sys::qa_consent,
    context: Context, // alive as long as the question is
}

impl Consent {
    /// # Safety
    /// `raw` is a question on this context, alive during the call.
    pub(crate) unsafe fn of(raw: *mut sys::qa_consent, context: &Context) -> Self {
        Consent {
            raw: sys::qa_consent_ref(raw),
            context: context.clone(),
        }
    }

    /// What it is about. Answer no to what is not known.
    pub fn kind(&self) -> ConsentKind {
        // SAFETY: the reference is ours; so below.
        ConsentKind::from_number(unsafe { sys::qa_consent_get_kind(self.raw) })
    }

    /// What is asked: [`VIEW`](Permissions::VIEW) alone, or others, one or several; none for
    /// other kinds of questions.
    pub fn permissions(&self) -> Permissions {
        Permissions::from_bits(unsafe { sys::qa_consent_permissions(self.raw) })
    }

    /// What the helper says it is for, in the helper's own words, so show it as such; may be "".
    pub fn purpose(&self) -> Cow<'_, str> {
        unsafe { text_of(sys::qa_consent_purpose(self.raw)) }
    }

    /// Whether this was allowed before and its time is over.
    pub fn renews(&self) -> bool {
        unsafe { sys::qa_consent_renews(self.raw) }
    }

    /// Says yes to all that is asked, for the time that is set for it (see
    /// [`SharerBuilder`](crate::SharerBuilder)). Errors, also of the other two:
    /// [`WrongState`](crate::Error) where it was answered before or is void.
    pub fn allow(&self) -> Result<()> {
        done(unsafe { sys::qa_consent_allow(self.raw) })
    }

    /// Says yes to some of what is asked and no to the rest; with none no to all. After `time`
    /// the permissions end and are asked for again; `None`: the time that is set for each.
    /// Errors: [`InvalidArgument`](crate::Error) for one that is not asked; the question stays
    /// open.
    pub fn allow_some(&self, permissions: Permissions, time: Option<Duration>) -> Result<()> {
        let seconds = time.map_or(0, seconds);
        let bits = permissions.bits();
        done(unsafe { sys::qa_consent_allow_some(self.raw, bits, seconds) })
    }

    /// Says no.
    pub fn deny(&self) -> Result<()> {
        done(unsafe { sys::qa_consent_deny(self.raw) })
    }
}

impl Clone for Consent {
    fn clone(&self) -> Self {
        // SAFETY: the question is alive, and on this context.
        unsafe { Consent::of(self.raw, &self.context) }
    }
}

impl PartialEq for Consent {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Consent {}

impl Drop for Consent {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and this is the context's thread.
        unsafe { sys::qa_consent_unref(self.raw) };
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Consent({:?}, {:?})", self.kind(), self.permissions())
    }
}
